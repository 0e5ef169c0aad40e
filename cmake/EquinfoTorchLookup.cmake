# Which LibTorch the project uses; the one place that knows the order. scripts/setup asks it too, by
# `cmake -P cmake/EquinfoTorchLookup.cmake`, which prints the folder of TorchConfig.cmake or fails.
# 1. the user's (Torch_DIR, or a folder of CMAKE_PREFIX_PATH; variables of CMake or of the environment),
# 2. the one that `python3` imports, 3. the project's .venv, 4. the system's (Debian's libtorch-dev).
# EQUINFO_SYSTEM_TORCH takes 4 alone, EQUINFO_NO_SYSTEM_TORCH leaves it out.

function(equinfo_torch_in_prefixes out)
  foreach(prefix ${ARGN})
    file(GLOB configs ${prefix}/TorchConfig.cmake ${prefix}/Torch/TorchConfig.cmake
         ${prefix}/share/cmake/Torch/TorchConfig.cmake ${prefix}/lib/cmake/Torch/TorchConfig.cmake
         ${prefix}/lib/*/cmake/Torch/TorchConfig.cmake)
    foreach(config ${configs})
      get_filename_component(folder ${config} DIRECTORY)
      set(${out} ${folder} PARENT_SCOPE)
      return()
    endforeach()
  endforeach()
endfunction()

function(equinfo_torch_of_python out python)
  # find_spec finds the package without importing it, which would take seconds.
  execute_process(COMMAND ${python} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
                  OUTPUT_VARIABLE package OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    equinfo_torch_in_prefixes(found ${package})
    set(${out} ${found} PARENT_SCOPE)
  endif()
endfunction()

function(equinfo_look_up_torch out)
  get_filename_component(project ${CMAKE_CURRENT_FUNCTION_LIST_DIR} DIRECTORY)
  if(NOT EQUINFO_SYSTEM_TORCH)
    string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
    equinfo_torch_in_prefixes(found ${Torch_DIR} $ENV{Torch_DIR} ${CMAKE_PREFIX_PATH} ${prefixes})
    foreach(python python3 ${project}/.venv/bin/python)
      if(NOT found)
        equinfo_torch_of_python(found ${python})
      endif()
    endforeach()
  endif()
  if(NOT found AND NOT EQUINFO_NO_SYSTEM_TORCH)
    equinfo_torch_in_prefixes(found /usr/local /usr)
  endif()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  equinfo_look_up_torch(folder)
  if(NOT folder)
    message(FATAL_ERROR "no LibTorch found")
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} -E echo ${folder})
endif()
