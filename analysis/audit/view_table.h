#pragma once

#include "audit/view.h"

/// The views, one file each: `NAME` is defined in NAME_view.cpp (`filters`, `patches` and `random_encoder` share
/// filter_views.cpp).
namespace equinfo::view_table {

ViewKind level();
ViewKind border();
ViewKind frequency();
ViewKind patches();
ViewKind thumbnail();
ViewKind random_encoder();
/// The filters of the whole-image view alone.
ViewKind filters();

}  // namespace equinfo::view_table
