#include "compute/cuda_compiler.h"

#include <cstdlib>

#include <fmt/format.h>

#include "compute/accelerator.h"
#include "compute/shared_library.h"

namespace equinfo {
namespace {

using Program = void*;
using Names = const char* const*;

std::vector<std::string> library_names() {
  std::vector<std::string> names{"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"};
  if (const char* named = std::getenv("EQUINFO_NVRTC")) names.insert(names.begin(), named);
  return names;
}

const SharedLibrary& library() {
  static const SharedLibrary the_library(library_names());
  return the_library;
}

void require_success(int result, const char* what) {
  if (result == 0) return;
  const auto text_of = library().function<const char*(int)>("nvrtcGetErrorString");
  throw AcceleratorError(fmt::format("NVRTC: {}: {}", what, text_of(result)));
}

/// A text or code of a program: its size, then itself.
std::string text_of(Program program, const char* size_function, const char* text_function) {
  std::size_t size = 0;
  require_success(library().function<int(Program, std::size_t*)>(size_function)(program, &size), size_function);
  std::string text(size, '\0');
  require_success(library().function<int(Program, char*)>(text_function)(program, text.data()), text_function);
  return text;
}

class CompiledProgram {
 public:
  explicit CompiledProgram(const CudaSource& source) {
    std::vector<const char*> names, texts;
    for (const auto& [name, text] : source.headers) {
      names.push_back(name.c_str());
      texts.push_back(text.c_str());
    }
    const auto create =
        library().function<int(Program*, const char*, const char*, int, Names, Names)>("nvrtcCreateProgram");
    require_success(create(&program_, source.text.c_str(), "equinfo.cu", static_cast<int>(names.size()), texts.data(),
                           names.data()),
                    "creating a program");
  }
  ~CompiledProgram() { library().function<int(Program*)>("nvrtcDestroyProgram")(&program_); }
  CompiledProgram(const CompiledProgram&) = delete;
  CompiledProgram& operator=(const CompiledProgram&) = delete;

  std::string compiled(int capability) {
    const std::string target = fmt::format("--gpu-architecture=sm_{}", capability);
    const char* options[]{target.c_str(), "--std=c++17"};
    if (library().function<int(Program, int, Names)>("nvrtcCompileProgram")(program_, 2, options) != 0) {
      throw AcceleratorError(fmt::format("NVRTC: cannot compile for {}: {}", target,
                                         text_of(program_, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog").c_str()));
    }
    return text_of(program_, "nvrtcGetCUBINSize", "nvrtcGetCUBIN");
  }

 private:
  Program program_ = nullptr;
};

}  // namespace

bool cuda_compiler_found() { return library().found(); }

std::string compile_cuda(const CudaSource& source, int capability) {
  if (!cuda_compiler_found()) {
    throw AcceleratorError("NVRTC (libnvrtc.so) is not installed; EQUINFO_NVRTC may name its file");
  }
  return CompiledProgram(source).compiled(capability);
}

}  // namespace equinfo
