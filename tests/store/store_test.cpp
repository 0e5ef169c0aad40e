#include "store/features_reader.h"
#include "store/features_writer.h"

#include <doctest/doctest.h>
