# How every target of the project is compiled, and the two commands that declare a folder and its tests.

include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header is only cached when ccache may ignore its time stamps.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()

add_library(equinfo_warnings INTERFACE)
target_compile_options(equinfo_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers
                       $<$<BOOL:${EQUINFO_WERROR}>:-Werror>)

if(EQUINFO_SANITIZE)
  add_compile_options(-fsanitize=${EQUINFO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${EQUINFO_SANITIZE})
endif()

# equinfo_folder(NAME SOURCES a.cpp … HEADERS a.h … DEPENDS core … LINK fmt::fmt … PRIVATE_LINK …)
# One folder of the house is one static library `equinfo_NAME`, known to the others as `equinfo::NAME`.
# TORCH marks a folder whose sources see LibTorch; it shares one precompiled torch header.
function(equinfo_folder name)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;HEADERS;DEPENDS;LINK;PRIVATE_LINK" ${ARGN})
  set(target equinfo_${name})
  get_filename_component(root ${CMAKE_CURRENT_SOURCE_DIR} DIRECTORY)
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(equinfo::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${root} FILES ${arg_HEADERS})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${root}>
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/equinfo>)
  list(TRANSFORM arg_DEPENDS PREPEND equinfo::)
  target_link_libraries(${target} PUBLIC ${arg_DEPENDS} ${arg_LINK}
                        PRIVATE $<BUILD_INTERFACE:equinfo_warnings> ${arg_PRIVATE_LINK})
  if(arg_TORCH)
    target_link_libraries(${target} PUBLIC equinfo_torch)
    target_precompile_headers(${target} REUSE_FROM equinfo_torch_pch)
  else()
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  set_property(GLOBAL APPEND PROPERTY EQUINFO_FOLDERS ${target})
  set_target_properties(${target} PROPERTIES EQUINFO_USES_TORCH "${arg_TORCH}")
endfunction()

# The commit, looked up in every build. Only programs hold it, and are linked anew when it changes.
set(equinfo_commit_source ${CMAKE_BINARY_DIR}/git_commit.cpp)
add_custom_target(equinfo_commit BYPRODUCTS ${equinfo_commit_source}
                  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUT=${equinfo_commit_source}
                          -P ${PROJECT_SOURCE_DIR}/cmake/git_commit.cmake
                  COMMENT "Looking up the commit")
add_library(equinfo_commit_object OBJECT ${equinfo_commit_source})
target_include_directories(equinfo_commit_object PRIVATE ${PROJECT_SOURCE_DIR}/src)
add_dependencies(equinfo_commit_object equinfo_commit)

# equinfo_program(NAME SOURCE DEPENDS …): one thin main, installed. The target `programs` builds them all.
add_custom_target(programs)
function(equinfo_program name source)
  cmake_parse_arguments(arg "TORCH" "" "DEPENDS;LINK" ${ARGN})
  add_executable(${name} ${source} $<TARGET_OBJECTS:equinfo_commit_object>)
  list(TRANSFORM arg_DEPENDS PREPEND equinfo::)
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} ${arg_LINK} equinfo_warnings)
  if(arg_TORCH)
    target_compile_options(${name} PRIVATE -fPIC)
    target_precompile_headers(${name} REUSE_FROM equinfo_torch_pch)
  endif()
  add_dependencies(programs ${name})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# equinfo_test(NAME SOURCES … DEPENDS …): one doctest program; each of its cases is one ctest test. A case that cannot
# run here says MESSAGE("…: skipped") and returns, and is not counted as passed.
function(equinfo_test name)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;DEPENDS;LINK;ENVIRONMENT" ${ARGN})
  set(target test_${name})
  add_executable(${target} ${arg_SOURCES})
  list(TRANSFORM arg_DEPENDS PREPEND equinfo::)
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS} ${arg_LINK} equinfo_doctest_main equinfo_warnings)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${target} PRIVATE EQUINFO_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             EQUINFO_BINARY_DIR="${PROJECT_BINARY_DIR}")
  if(arg_TORCH)
    # A program gets -fPIE, but the precompiled header was made with -fPIC; the last one counts.
    target_compile_options(${target} PRIVATE -fPIC)
    target_precompile_headers(${target} REUSE_FROM equinfo_torch_pch)
  endif()
  doctest_discover_tests(${target} TEST_PREFIX "${name}: " WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
                         PROPERTIES ENVIRONMENT "OMP_NUM_THREADS=1;${arg_ENVIRONMENT}" LABELS ${name}
                         SKIP_REGULAR_EXPRESSION "MESSAGE: [a-zA-Z0-9 ,.-]+: skipped")
endfunction()

# equinfo_benchmark(NAME SOURCES … DEPENDS …): one program bench_NAME that prints what it measures. Not built by default;
# the target `benchmarks` builds them all.
add_custom_target(benchmarks)
function(equinfo_benchmark name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_executable(bench_${name} EXCLUDE_FROM_ALL ${arg_SOURCES})
  list(TRANSFORM arg_DEPENDS PREPEND equinfo::)
  target_link_libraries(bench_${name} PRIVATE ${arg_DEPENDS} ${arg_LINK} equinfo_warnings)
  target_include_directories(bench_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/tools)
  add_dependencies(benchmarks bench_${name})
endfunction()
