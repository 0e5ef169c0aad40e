#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/error.h"
#include "report/csv.h"

#include <doctest/doctest.h>

using namespace equinfo;
using Fields = std::vector<std::string>;

TEST_CASE("a CSV record is quoted only where it must be") {
  CHECK(csv_line({"a", "", "1.5"}) == "a,,1.5\n");
  CHECK(csv_line({"a,b", "say \"hi\"", "two\nlines"}) == "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n");
}

TEST_CASE("CSV fields come back as they were written") {
  const Fields fields{"a,b", "say \"hi\"", "two\nlines", "", "\"", "\r\n", "Größe", " spaces "};
  const auto records = parse_csv(csv_line(fields) + csv_line({"x"}), "t.csv");
  REQUIRE(records.size() == 2);
  CHECK(records[0].fields == fields);
  CHECK(records[0].line == 1);
  CHECK(records[1].fields == Fields{"x"});
  CHECK(records[1].line == 4);  // two line breaks inside quotes, and its own end
}

TEST_CASE("CSV of others: byte order mark, CRLF, no last line end, empty fields at the end") {
  const auto records = parse_csv(
      "\xEF\xBB\xBF"
      "a,b\r\n1,",
      "t.csv");
  REQUIRE(records.size() == 2);
  CHECK(records[0].fields == Fields{"a", "b"});
  CHECK(records[1].fields == Fields{"1", ""});
  CHECK(parse_csv("", "t.csv").empty());
}

TEST_CASE("malformed CSV is named with its line") {
  CHECK_THROWS_WITH_AS(parse_csv("a\nb,\"c\nd", "t.csv"), "t.csv:2: a quote that is never closed", IoError);
  CHECK_THROWS_WITH_AS(parse_csv("a\nb\"c", "t.csv"), "t.csv:2: a quote inside a field that does not begin with one",
                       IoError);
  CHECK_THROWS_WITH_AS(parse_csv("\"a\"b", "t.csv"), "t.csv:1: text behind the closing quote of a field", IoError);
}

TEST_CASE("numbers are the shortest texts that read back as the same double") {
  CHECK(shortest_number(0.1) == "0.1");
  CHECK(shortest_number(1.0) == "1");
  CHECK(shortest_number(-0.25) == "-0.25");
  for (const double value : {1.0 / 3.0, std::log(10.0), 5e-324, -1.7976931348623157e308, 1e-5}) {
    CHECK(std::strtod(shortest_number(value).c_str(), nullptr) == value);
  }
}

TEST_CASE("NaN and infinity have no place in a table") {
  CHECK_THROWS_WITH_AS(shortest_number(std::numeric_limits<double>::quiet_NaN()),
                       "nan cannot be written to a table of results", std::invalid_argument);
  CHECK_THROWS_AS(shortest_number(std::numeric_limits<double>::infinity()), std::invalid_argument);
}
