#include "train/checkpoint.h"

#include <torch/serialize/archive.h>

#include "core/atomic_file.h"
#include "core/error.h"

namespace equinfo {
namespace {

using torch::serialize::InputArchive;
using torch::serialize::OutputArchive;

constexpr std::int64_t kVersion = 3;

template <class Part>
void write_part(OutputArchive& archive, const std::string& name, const Part& part) {
  OutputArchive inner(archive.compilation_unit());
  part.save(inner);
  archive.write(name, inner);
}

template <class Part>
void read_part(InputArchive& archive, const std::string& name, Part& part) {
  InputArchive inner;
  archive.read(name, inner);
  part.load(inner);
}

c10::IValue read_value(InputArchive& archive, const std::string& name) {
  c10::IValue value;
  archive.read(name, value);
  return value;
}

void read_progress(InputArchive& archive, TrainProgress& progress, torch::Device device) {
  progress.epoch = read_value(archive, "epoch").toInt();
  progress.step = read_value(archive, "step").toInt();
  progress.seconds = read_value(archive, "seconds").toDouble();
  if (progress.step == 0) return;
  archive.read("losses", progress.losses, true);
  archive.read("terms", progress.terms, true);
  archive.read("correct", progress.correct, true);
  progress.losses = progress.losses.to(device);
  progress.terms = progress.terms.to(device);
  progress.correct = progress.correct.to(device);
}

/// The archive in memory: on a full disk LibTorch's own file writer would throw from its destructor.
std::string bytes_of(OutputArchive& archive) {
  std::string bytes;
  archive.save_to([&](const void* data, std::size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  return bytes;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, Trainer& trainer, const CheckpointNotes& notes) {
  const auto& progress = trainer.progress();
  OutputArchive archive;
  archive.write("version", c10::IValue(kVersion));
  write_part(archive, "model", *trainer.model());
  write_part(archive, "optimizer", trainer.descent().optimizer());
  archive.write("epoch", c10::IValue(progress.epoch));
  archive.write("step", c10::IValue(progress.step));
  archive.write("seconds", c10::IValue(progress.seconds));
  archive.write("lr", c10::IValue(trainer.last_rate()));
  if (progress.step > 0) {
    archive.write("losses", progress.losses, true);
    archive.write("terms", progress.terms, true);
    archive.write("correct", progress.correct, true);
  }
  if (const auto& scaler = trainer.descent().scaler()) {
    archive.write("loss_factor", scaler->factor, true);
    archive.write("loss_factor_growth", scaler->growth, true);
  }
  archive.write("ranks", c10::IValue(notes.ranks));
  archive.write("dataset_sha256", c10::IValue(notes.dataset_sha256));
  archive.write("threads", c10::IValue(notes.threads));
  archive.write("device", c10::IValue(notes.device));
  write_file_atomically(path, bytes_of(archive));
}

CheckpointNotes load_checkpoint(const std::filesystem::path& path, Trainer& trainer) {
  try {
    InputArchive archive;
    archive.load_from(path.string(), trainer.device());
    const auto version = read_value(archive, "version").toInt();
    require_file(version == kVersion, "{}: has version {}, but this program reads {}", path.string(), version,
                 kVersion);
    read_part(archive, "model", *trainer.model());
    read_part(archive, "optimizer", trainer.descent().optimizer());
    trainer.arrange_parameters();
    read_progress(archive, trainer.progress(), trainer.device());
    if (auto& scaler = trainer.descent().scaler()) {
      archive.read("loss_factor", scaler->factor, true);
      archive.read("loss_factor_growth", scaler->growth, true);
    }
    return {read_value(archive, "dataset_sha256").toStringRef(), read_value(archive, "threads").toInt(),
            read_value(archive, "device").toStringRef(), read_value(archive, "ranks").toInt()};
  } catch (const c10::Error& error) {
    const std::string reason = error.what_without_backtrace();
    throw IoError(
        fmt::format("{}: no readable checkpoint of this run: {}", path.string(), reason.substr(0, reason.find('\n'))));
  }
}

}  // namespace equinfo
