#pragma once

/// Whether there is a CUDA device; says "skipped" if there is none.
bool have_cuda();
