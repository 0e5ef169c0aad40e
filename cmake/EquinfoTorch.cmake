# LibTorch as the target equinfo_torch, and one line that says which it is.

option(EQUINFO_SYSTEM_TORCH "Use the system's LibTorch (Debian's libtorch-dev), not a Python wheel" OFF)

include(EquinfoTorchLookup)
equinfo_look_up_torch(torch_config)
if(NOT torch_config)
  message(FATAL_ERROR "No LibTorch found. Run scripts/setup, or name one with -DTorch_DIR=…, or build without the "
                      "trainer (-DEQUINFO_TRAINER=OFF).")
endif()
set(Torch_DIR ${torch_config} CACHE PATH "Folder of TorchConfig.cmake" FORCE)
get_filename_component(torch_package ${Torch_DIR}/../../.. ABSOLUTE)

# A build with CUDA is complete at run time, but its TorchConfig.cmake refuses to work without a whole CUDA toolkit, of
# which nothing here needs the compiler. Its libraries are therefore named one by one.
if(EXISTS ${torch_package}/lib/libtorch_cuda.so)
  set(torch_by_hand ON)
endif()

add_library(equinfo_torch INTERFACE)
if(torch_by_hand)
  set(PACKAGE_FIND_VERSION 0)
  include(${Torch_DIR}/TorchConfigVersion.cmake)
  set(Torch_VERSION ${PACKAGE_VERSION})
  target_include_directories(equinfo_torch SYSTEM INTERFACE ${torch_package}/include
                             ${torch_package}/include/torch/csrc/api/include)
  foreach(library torch torch_cpu torch_cuda c10_cuda c10)
    target_link_libraries(equinfo_torch INTERFACE ${torch_package}/lib/lib${library}.so)
  endforeach()
else()
  # TorchConfig.cmake looks for its parts in the system's folders first, where another LibTorch may lie.
  if(IS_DIRECTORY ${torch_package}/lib)
    list(PREPEND CMAKE_LIBRARY_PATH ${torch_package}/lib)
  endif()
  get_filename_component(torch_siblings ${Torch_DIR} DIRECTORY)
  if(EXISTS ${torch_siblings}/Caffe2/Caffe2Config.cmake)
    set(Caffe2_DIR ${torch_siblings}/Caffe2 CACHE PATH "Folder of the same LibTorch's Caffe2Config.cmake" FORCE)
  endif()
  foreach(part TORCH_LIBRARY c10_LIBRARY)
    unset(${part} CACHE)  # left by an earlier configuration, perhaps with another LibTorch
  endforeach()
  # TorchConfig.cmake warns of parts of a wheel that programs do not link, such as kineto.
  set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
  find_package(Torch REQUIRED)
  unset(CMAKE_MESSAGE_LOG_LEVEL)
  target_link_libraries(equinfo_torch INTERFACE ${TORCH_LIBRARIES})
endif()

if(torch_by_hand)
  # CUDA kernels register themselves when the library is loaded, so it must not be dropped as unused.
  target_link_options(equinfo_torch INTERFACE -Wl,--no-as-needed)
  include(EquinfoTorchCuda)
else()
  set(torch_cuda "without CUDA")
endif()
file(STRINGS ${Torch_DIR}/TorchConfig.cmake old_strings REGEX "_GLIBCXX_USE_CXX11_ABI=0")
if(old_strings)
  # Wheels up to 2.5 have the old strings of libstdc++, and so must everything that is linked with them.
  add_compile_definitions(_GLIBCXX_USE_CXX11_ABI=0)
endif()

# CMake leaves folders of the source tree, such as .venv, out of the search path of what it installs.
if(IS_DIRECTORY ${torch_package}/lib)
  list(APPEND CMAKE_INSTALL_RPATH ${torch_package}/lib)
endif()

set(torch_line "LibTorch ${Torch_VERSION}, ${torch_cuda}, from ${torch_package}")
message(STATUS "${torch_line}")
file(WRITE ${PROJECT_BINARY_DIR}/libtorch.txt "${torch_line}\n")

add_library(equinfo_torch_pch STATIC ${PROJECT_SOURCE_DIR}/cmake/torch_pch.cpp)
target_link_libraries(equinfo_torch_pch PUBLIC equinfo_torch PRIVATE equinfo_warnings)
target_precompile_headers(equinfo_torch_pch PRIVATE <torch/nn/module.h> <torch/types.h>)
