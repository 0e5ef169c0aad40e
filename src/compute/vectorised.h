#pragma once

/// Before a function's definition: compiles it once each for AVX-512, AVX2 and the baseline; the right one is chosen when
/// the program starts. On other processors it is compiled once.
#if defined(__x86_64__)
#define EQUINFO_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EQUINFO_VECTORISED
#endif
