#pragma once

namespace equinfo {

/// The project's version, such as "0.1.0".
const char* version();
/// The commit the build was configured from, or "unknown" outside a git checkout.
const char* git_commit();

}  // namespace equinfo
