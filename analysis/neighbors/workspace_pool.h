#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace equinfo {

/// Scratch memory for parallel work: as many workspaces as run at once, each taken for the length of one task. What
/// they accumulate must not depend on which task took which: integer sums, for example.
template <class Workspace>
class WorkspacePool {
 public:
  /// Calls `work(workspace)` with a workspace of its own, made by `make()` if none is free.
  template <class Make, class Work>
  void with(const Make& make, const Work& work) {
    std::unique_ptr<Workspace> workspace = take();
    if (!workspace) workspace = std::make_unique<Workspace>(make());
    work(*workspace);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(workspace));
  }

  /// Visits every workspace; no task may be running.
  template <class Visit>
  void for_each(const Visit& visit) {
    for (auto& workspace : free_) visit(*workspace);
  }

 private:
  std::unique_ptr<Workspace> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return nullptr;
    auto workspace = std::move(free_.back());
    free_.pop_back();
    return workspace;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> free_;
};

}  // namespace equinfo
