# What CUDA graphs and NCCL are compiled with: headers of CUDA, which come with LibTorch's wheel (in packages named
# nvidia-…), with a CUDA toolkit, or in parts with both. Sets EQUINFO_CUDA_GRAPHS and EQUINFO_NCCL for everything that
# sees LibTorch, and torch_cuda: words for the line that says which LibTorch it is.

file(GLOB cuda_folders ${torch_package}/../nvidia/cu*/include ${torch_package}/../nvidia/nccl/include)
find_path(EQUINFO_CUDA_TOOLKIT cuda_runtime_api.h PATHS $ENV{CUDA_HOME} $ENV{CUDA_PATH} /usr/local/cuda
          PATH_SUFFIXES include)
mark_as_advanced(EQUINFO_CUDA_TOOLKIT)
if(EQUINFO_CUDA_TOOLKIT)
  list(APPEND cuda_folders ${EQUINFO_CUDA_TOOLKIT})
endif()
target_include_directories(equinfo_torch SYSTEM INTERFACE ${cuda_folders})

# Headers of LibTorch call CUDA's runtime themselves: the very library that LibTorch is linked with.
file(GLOB cuda_runtime ${torch_package}/../nvidia/cu*/lib/libcudart.so.* ${torch_package}/lib/libcudart*.so*)
if(NOT cuda_runtime AND EQUINFO_CUDA_TOOLKIT)
  file(GLOB cuda_runtime ${EQUINFO_CUDA_TOOLKIT}/../lib64/libcudart.so)
endif()
if(cuda_runtime)
  list(GET cuda_runtime 0 cuda_runtime)
  target_link_libraries(equinfo_torch INTERFACE ${cuda_runtime})
endif()

# Each has other headers to find, and a wheel's are not complete by themselves; so each is tried.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_QUIET ON)
set(CMAKE_REQUIRED_INCLUDES ${cuda_folders})
foreach(header cuda_runtime_api nccl)
  unset(equinfo_has_${header} CACHE)  # the folders may have changed
  check_cxx_source_compiles("#include <${header}.h>\nint main() {}" equinfo_has_${header})
endforeach()
unset(CMAKE_REQUIRED_INCLUDES)
unset(CMAKE_REQUIRED_QUIET)

set(torch_cuda "with CUDA")
if(NOT cuda_runtime)
  set(equinfo_has_cuda_runtime_api OFF)
endif()
if(equinfo_has_cuda_runtime_api AND Torch_VERSION VERSION_GREATER_EQUAL 2.4)
  target_compile_definitions(equinfo_torch INTERFACE EQUINFO_CUDA_GRAPHS)
else()
  list(APPEND lacking "CUDA graphs")
endif()
if(equinfo_has_cuda_runtime_api AND equinfo_has_nccl)
  target_compile_definitions(equinfo_torch INTERFACE EQUINFO_NCCL)
else()
  list(APPEND lacking "NCCL")
endif()
if(lacking)
  list(JOIN lacking " and " lacking)
  string(APPEND torch_cuda " but without ${lacking}")
  if(NOT equinfo_has_cuda_runtime_api)
    message(STATUS "CUDA's headers and runtime are not to be had: for CUDA 13 pip install nvidia-cuda-crt, or set CUDA_HOME")
  endif()
endif()
