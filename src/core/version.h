#pragma once

namespace equinfo {

/// The project's version, such as "0.1.0".
const char* version();
/// The commit that one of the project's programs was built from; "unknown" in other programs, such as tests, and
/// outside a git checkout.
const char* git_commit();

}  // namespace equinfo
