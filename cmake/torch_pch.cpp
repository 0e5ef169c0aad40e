// Carries the precompiled torch header that every source seeing LibTorch reuses.
