# cmake --install: programs, headers, libraries, and what find_package(equinfo) reads.
