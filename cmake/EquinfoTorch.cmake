# Which LibTorch: 1. the user's (Torch_DIR or CMAKE_PREFIX_PATH), 2. the one `python3` imports,
# 3. the project's .venv, 4. the system's (Debian's libtorch-dev). The first that is there is taken.
# EQUINFO_SYSTEM_TORCH skips 2 and 3.

option(EQUINFO_SYSTEM_TORCH "Use the system's LibTorch (Debian's libtorch-dev), not a Python wheel" OFF)

function(equinfo_torch_of_python python out)
  execute_process(COMMAND ${python} -c "import torch; print(torch.utils.cmake_prefix_path)"
                  OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed AND EXISTS ${prefix}/Torch/TorchConfig.cmake)
    set(${out} ${prefix}/Torch PARENT_SCOPE)
  endif()
endfunction()

if(NOT Torch_DIR AND NOT EQUINFO_SYSTEM_TORCH)
  find_package(Torch QUIET NO_CMAKE_SYSTEM_PATH NO_SYSTEM_ENVIRONMENT_PATH)
  foreach(python python3 ${PROJECT_SOURCE_DIR}/.venv/bin/python)
    if(NOT Torch_FOUND AND NOT Torch_DIR)
      equinfo_torch_of_python(${python} found_torch)
      if(found_torch)
        set(Torch_DIR ${found_torch} CACHE PATH "Folder of TorchConfig.cmake" FORCE)
      endif()
    endif()
  endforeach()
endif()
find_package(Torch REQUIRED)

get_filename_component(torch_package ${Torch_DIR}/../../.. ABSOLUTE)
if(TARGET torch_cuda)
  set(torch_cuda "with CUDA")
else()
  set(torch_cuda "without CUDA")
endif()
message(STATUS "LibTorch ${Torch_VERSION}, ${torch_cuda}, from ${torch_package}")

add_library(equinfo_torch INTERFACE)
target_link_libraries(equinfo_torch INTERFACE ${TORCH_LIBRARIES})
if(TARGET torch_cuda)
  # CUDA kernels register themselves when the library is loaded, so it must not be dropped as unused.
  target_link_options(equinfo_torch INTERFACE -Wl,--no-as-needed)
endif()

add_library(equinfo_torch_pch STATIC ${PROJECT_SOURCE_DIR}/cmake/torch_pch.cpp)
target_link_libraries(equinfo_torch_pch PUBLIC equinfo_torch PRIVATE equinfo_warnings)
target_precompile_headers(equinfo_torch_pch PRIVATE <torch/torch.h>)
