#pragma once

#include <functional>
#include <span>

#include "audit/audit.h"

namespace equinfo {

/// Codes images and decodes them again, losing what the files lose.
using Recode = std::function<void(ImageRows& images)>;

/// How much of T the files' coding leaks: each image gets a random pose (quarter turns and mirrors, or mirrors alone
/// where it is not square), is coded again and transformed; what I(T;X) the coded ones read above the same poses
/// uncoded. Poses hide what way up the content is, not where the codec's blocks lie. Paired by row; X by a T-only
/// probe, on at most `most_surrogates` images.
Reading coding_leak(const ImageRows& images, std::span<const std::int64_t> y, const AuditedTransform& transform,
                    const Recode& recode, const AuditOptions& options);

/// The images in random poses, as above.
ImageRows randomly_posed(const ImageRows& images, std::uint64_t seed);

}  // namespace equinfo
