#include "store/scratch.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace equinfo::test {

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "equinfo_store_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

RawFile::RawFile(std::filesystem::path path)
    : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)),
      parents_(H5Pcreate(H5P_LINK_CREATE)),
      layout_(H5Pcreate(H5P_DATASET_CREATE)) {
  if (file_ < 0) throw std::runtime_error("raw file not created");
  H5Pset_create_intermediate_group(parents_, 1);
}

RawFile::~RawFile() {
  H5Pclose(layout_);
  H5Pclose(parents_);
  H5Fclose(file_);
}

RawFile& RawFile::dataset(const std::string& name, const std::vector<hsize_t>& shape, hid_t type, hid_t memory,
                          const void* values) {
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t made = H5Dcreate2(file_, name.c_str(), type, space, parents_, layout_, H5P_DEFAULT);
  if (made < 0 || H5Dwrite(made, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
    throw std::runtime_error("raw dataset not written");
  }
  H5Dclose(made);
  H5Sclose(space);
  return *this;
}

RawFile& RawFile::floats(const std::string& name, std::vector<hsize_t> shape, const std::vector<double>& values,
                         hid_t type) {
  return dataset(name, shape, type, H5T_NATIVE_DOUBLE, values.data());
}

RawFile& RawFile::integers(const std::string& name, std::vector<hsize_t> shape,
                           const std::vector<std::int64_t>& values) {
  return dataset(name, shape, H5T_STD_I32LE, H5T_NATIVE_INT64, values.data());
}

RawFile& RawFile::chunks(std::vector<hsize_t> shape) {
  H5Pset_chunk(layout_, static_cast<int>(shape.size()), shape.data());
  H5Pset_shuffle(layout_);
  return *this;
}

RawFile& RawFile::lzf(const std::string& name) {
  const std::array<hsize_t, 2> shape{4, 2}, first{0, 0};
  const std::array<float, 8> packed{};
  const hid_t space = H5Screate_simple(2, shape.data(), nullptr), layout = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(layout, 2, shape.data());
  H5Pset_filter(layout, 32000, H5Z_FLAG_OPTIONAL, 0, nullptr);
  const hid_t made = H5Dcreate2(file_, name.c_str(), H5T_IEEE_F32LE, space, parents_, layout, H5P_DEFAULT);
  if (made < 0 || H5Dwrite_chunk(made, H5P_DEFAULT, 0, first.data(), sizeof packed, packed.data()) < 0) {
    throw std::runtime_error("raw chunk not written");
  }
  H5Dclose(made);
  H5Pclose(layout);
  H5Sclose(space);
  return *this;
}

RawFile& RawFile::group(const std::string& name) {
  H5Gclose(H5Gcreate2(file_, name.c_str(), parents_, H5P_DEFAULT, H5P_DEFAULT));
  return *this;
}

RawFile& RawFile::external(const std::string& name, const std::string& file, const std::string& object) {
  H5Lcreate_external(file.c_str(), object.c_str(), file_, name.c_str(), parents_, H5P_DEFAULT);
  return *this;
}

RawFile& RawFile::soft(const std::string& name, const std::string& target) {
  H5Lcreate_soft(target.c_str(), file_, name.c_str(), parents_, H5P_DEFAULT);
  return *this;
}

RawFile& RawFile::hard(const std::string& name, const std::string& target) {
  H5Lcreate_hard(file_, target.c_str(), file_, name.c_str(), parents_, H5P_DEFAULT);
  return *this;
}

RawFile& RawFile::text(const std::string& name) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 2);
  dataset(name, {4}, type, type, "a\0b\0c\0d");
  H5Tclose(type);
  return *this;
}

RawFile& RawFile::integer_attribute(const std::string& name, std::int64_t value) {
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t made = H5Acreate2(file_, name.c_str(), H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(made, H5T_NATIVE_INT64, &value);
  H5Aclose(made);
  H5Sclose(space);
  return *this;
}

RawFile& RawFile::numbers_on(const std::string& dataset, const std::string& name, const std::vector<double>& values) {
  const hsize_t size = values.size();
  const hid_t space = size == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr);
  const hid_t made = H5Acreate_by_name(file_, dataset.c_str(), name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT,
                                       H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(made, H5T_NATIVE_DOUBLE, values.data());
  H5Aclose(made);
  H5Sclose(space);
  return *this;
}

RawFile& RawFile::text_on(const std::string& dataset, const std::string& name) {
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  const hid_t made =
      H5Acreate_by_name(file_, dataset.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(made, type, "x");
  H5Aclose(made);
  H5Sclose(space);
  H5Tclose(type);
  return *this;
}

RawFile& RawFile::virtual_rows(const std::string& name, const std::string& file, const std::string& object) {
  const hsize_t extent[2] = {4, 2};
  const hid_t space = H5Screate_simple(2, extent, nullptr);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_virtual(properties, space, file.c_str(), object.c_str(), space);
  const hid_t made = H5Dcreate2(file_, name.c_str(), H5T_IEEE_F32LE, space, parents_, properties, H5P_DEFAULT);
  if (made < 0) throw std::runtime_error("virtual dataset not made");
  H5Dclose(made);
  H5Pclose(properties);
  H5Sclose(space);
  return *this;
}

std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(EQUINFO_SOURCE_DIR) / "tests" / "store" / "data" / name;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace equinfo::test
