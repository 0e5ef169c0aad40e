// TensorBoard's event files: every record taken apart by hand.

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/error.h"
#include "train/event_file.h"
#include "train/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

const std::string kMetrics =
    "epoch,lr,train_loss,contrast_loss,probe_accuracy,seconds,images_per_second\n"
    "0,,,,0.125,,\n"
    "1,0.5,1.25,,0.25,2.50,100.0\n"
    "300,0.25,1e-3,,0.5,1.50,200.0\n";

/// Bit by bit, from the definition of CRC-32C.
std::uint32_t slow_crc(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
  }
  return ~crc;
}

std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xA282EAD8; }

template <class T>
T take(std::string& bytes) {
  REQUIRE(bytes.size() >= sizeof(T));
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.erase(0, sizeof value);
  return value;
}

std::string take_text(std::string& bytes, std::size_t length) {
  REQUIRE(bytes.size() >= length);
  const auto text = bytes.substr(0, length);
  bytes.erase(0, length);
  return text;
}

std::uint64_t take_varint(std::string& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = take<unsigned char>(bytes);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

struct Event {
  double wall_time = 0;
  std::uint64_t step = 0;
  std::string version;
  std::map<std::string, float> scalars;
};

void read_value(std::string bytes, Event& event) {
  CHECK(take_varint(bytes) == (1 << 3 | 2));
  const auto tag = take_text(bytes, take_varint(bytes));
  CHECK(take_varint(bytes) == (2 << 3 | 5));
  event.scalars[tag] = take<float>(bytes);
  CHECK(bytes.empty());
}

Event read_event(std::string bytes) {
  Event event;
  while (!bytes.empty()) {
    switch (take_varint(bytes)) {
      case 1 << 3 | 1:
        event.wall_time = take<double>(bytes);
        break;
      case 2 << 3 | 0:
        event.step = take_varint(bytes);
        break;
      case 3 << 3 | 2:
        event.version = take_text(bytes, take_varint(bytes));
        break;
      case 5 << 3 | 2: {
        auto summary = take_text(bytes, take_varint(bytes));
        while (!summary.empty()) {
          CHECK(take_varint(summary) == (1 << 3 | 2));
          read_value(take_text(summary, take_varint(summary)), event);
        }
        break;
      }
      default:
        FAIL("an unknown field");
    }
  }
  return event;
}

std::vector<Event> read_events(std::string bytes) {
  std::vector<Event> events;
  while (!bytes.empty()) {
    const auto length_bytes = bytes.substr(0, 8);
    const auto length = take<std::uint64_t>(bytes);
    CHECK(take<std::uint32_t>(bytes) == masked(slow_crc(length_bytes)));
    const auto message = take_text(bytes, length);
    CHECK(take<std::uint32_t>(bytes) == masked(slow_crc(message)));
    events.push_back(read_event(message));
  }
  return events;
}

}  // namespace

TEST_CASE("an event file holds each filled cell of the metrics, framed and checked") {
  CHECK(slow_crc("123456789") == 0xE3069283);  // the check value of CRC-32C
  const auto events = read_events(event_file_bytes(kMetrics, 1000.25));
  REQUIRE(events.size() == 4);
  CHECK(events[0].version == "brain.Event:2");
  CHECK(events[0].scalars.empty());
  CHECK(events[1].step == 0);
  CHECK(events[1].wall_time == 1000.25);
  CHECK(events[1].scalars == std::map<std::string, float>{{"probe_accuracy", 0.125F}});
  CHECK(events[2].wall_time == 1002.75);
  CHECK(events[2].scalars == std::map<std::string, float>{{"lr", 0.5F},
                                                          {"train_loss", 1.25F},
                                                          {"probe_accuracy", 0.25F},
                                                          {"seconds", 2.5F},
                                                          {"images_per_second", 100.0F}});
  CHECK(events[3].step == 300);
  CHECK(events[3].wall_time == 1004.25);
  CHECK(events[3].scalars.at("train_loss") == 1e-3F);
}

TEST_CASE("what is no table of metrics is refused") {
  CHECK_THROWS_WITH_AS(event_file_bytes("epoch,lr\n1,2,3\n", 0), "\"1,2,3\" is no row of metrics",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(event_file_bytes("epoch,lr\n1,fast\n", 0), "\"fast\" among the metrics is no number",
                       std::invalid_argument);
}

TEST_CASE("an event file grows in place, also one cut off anywhere, and another's is replaced") {
  const ScratchFolder folder("event_file");
  const auto path = folder.path() / "events";
  const auto whole = event_file_bytes(kMetrics, 7);
  const auto names = [&] { return std::filesystem::hard_link_count(path); };
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size()}) {
    folder.write("events", whole.substr(0, length));
    std::filesystem::create_hard_link(path, folder.path() / "same");
    update_event_file(path, whole);
    CHECK(bytes_of(path) == whole);
    CHECK(names() == 2);  // the file itself, not another in its place
    std::filesystem::remove(folder.path() / "same");
  }
  folder.write("events", "of another run");
  update_event_file(path, whole);
  CHECK(bytes_of(path) == whole);
  const auto shorter = event_file_bytes(kMetrics.substr(0, kMetrics.find("300")), 7);
  update_event_file(path, shorter);
  CHECK(bytes_of(path) == shorter);
  CHECK_THROWS_AS(update_event_file(folder.path() / "none/events", whole), IoError);
}
