# Writes OUT, a source that tells the commit of the checkout SOURCE, unless it says so already: cmake -P of every build.
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD
                OUTPUT_VARIABLE EQUINFO_GIT_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT EQUINFO_GIT_COMMIT)
  set(EQUINFO_GIT_COMMIT unknown)
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/git_commit.cpp.in ${OUT} @ONLY)
