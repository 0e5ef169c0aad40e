#include "core/sha256.h"

#include <array>
#include <fstream>

#include <openssl/evp.h>

#include "core/error.h"

namespace equinfo {

struct Sha256::Context {
  EVP_MD_CTX* handle = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(handle); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (EVP_DigestInit_ex(context_->handle, EVP_sha256(), nullptr) != 1) throw std::runtime_error("sha256: cannot start");
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()) != 1) throw std::runtime_error("sha256: failed");
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(context_->handle, digest.data(), &length) != 1) throw std::runtime_error("sha256: failed");
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_of_text(std::string_view text) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

std::string sha256_of_file(const std::filesystem::path& path) { return sha256_of_files({path}); }

std::string sha256_of_files(const std::vector<std::filesystem::path>& paths) {
  Sha256 hash;
  std::array<char, 1 << 16> buffer{};
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    require_file(file.is_open(), "{}: cannot be opened", path.string());
    while (file) {
      file.read(buffer.data(), buffer.size());
      hash.update(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(file.gcount()))));
    }
    require_file(file.eof(), "{}: cannot be read", path.string());
  }
  return hash.hex();
}

}  // namespace equinfo
