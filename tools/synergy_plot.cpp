/// synergy-plot: a figure of a results.csv, drawn by gnuplot.

#include <optional>

#include "command_line.h"
#include "core/named_file.h"
#include "report/figure.h"

using namespace equinfo;

int main(int argc, char** argv) {
  CLI::App app(
      "Draws a results.csv of mi-estimate: the quantities of one embedding with their intervals, or, for a\n"
      "run with several epochs, their course.",
      "synergy-plot");
  describe_program(app,
                   "  synergy-plot runs/demo/results.csv -o figure.svg\n"
                   "  synergy-plot results.csv -o figure.png --layer encoder --unit bits --title 'My run'\n"
                   "  synergy-plot results.csv -o knn.pdf --estimator knn\n");
  std::string results, figure, unit = "nats";
  FigureOptions options;
  app.add_option("RESULTS", results, "results.csv of mi-estimate")->required()->type_name("");
  app.add_option("-o,--output", figure, "figure to write: .svg, .png or .pdf")
      ->required()
      ->check(CLI::Validator(figure_mistake, ""))
      ->type_name("FIGURE");
  app.add_option("--estimator", options.estimator, "estimator to draw")->type_name("NAME")->capture_default_str();
  app.add_option("--run", options.run, "run to draw (default: the last in the file)")->type_name("NAME");
  app.add_option("--layer", options.layer, "layer to draw (default: encoder, else the last)")->type_name("NAME");
  app.add_option("--unit", unit, "nats or bits")
      ->check(CLI::IsMember({"nats", "bits"}).description(""))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--title", options.title, "title (default: run, layer and epoch)")->type_name("TEXT");
  return run_program(app, argc, argv, [&] {
    require_separate_files({{"RESULTS", results}}, {{"--output", figure}});
    options.unit = unit_named(unit);
    const FigureData data = select_figure(read_results(results), options);
    for (const auto& remark : data.remarks) fmt::print(stderr, "synergy-plot: {}\n", remark);
    draw_figure(figure_script(data), figure);
  });
}
