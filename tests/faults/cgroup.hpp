// SPDX-License-Identifier: BSD-3-Clause
// A cgroup of this test's own, where the system lets it make one.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "tests/contract/machine.hpp"
#include "tests/contract/rendezvous.hpp"

namespace faults {

class Cgroup {
 public:
  // Below this process's own, in the hierarchy of this controller, v1 or v2. Null when there is
  // none or it may not be made; `why` tells.
  static std::unique_ptr<Cgroup> make(std::string const& controller, std::string& why) {
    why = "no hierarchy that could have it is mounted";
    std::string refused;
    for (auto const& [parent, is_v2] : parents(controller)) {
      if (is_v2) write(parent / "cgroup.subtree_control", "+" + controller);
      auto const folder = parent / ("reactor-test-" + std::to_string(getpid()));
      std::error_code error;
      if (!std::filesystem::create_directory(folder, error)) {
        why = refused += folder.string() + ": " + error.message() + "; ";
        continue;
      }
      std::unique_ptr<Cgroup> made(new Cgroup(folder));
      std::string const limit = limit_of(controller, is_v2);
      if (std::filesystem::exists(folder / limit)) return made;
      why = refused += folder.string() + " has no " + limit + "; ";
    }
    return nullptr;
  }

  Cgroup(Cgroup const&) = delete;
  Cgroup& operator=(Cgroup const&) = delete;
  // Once nobody is in it any more.
  ~Cgroup() {
    eventually([this] { return rmdir(folder_.c_str()) == 0 || errno != EBUSY; });
  }

  std::filesystem::path const& folder() const { return folder_; }

  std::string read_from_parent(std::string const& file) const {
    return read_all(folder_.parent_path() / file);
  }

  // Empty, or why it could not be written.
  std::string set(std::string const& file, std::string const& value) const {
    return write(folder_ / file, value) ? "" : (folder_ / file).string() + " = " + value;
  }

 private:
  struct Parent {
    std::filesystem::path folder;
    bool is_v2;
  };

  explicit Cgroup(std::filesystem::path folder) : folder_(std::move(folder)) {}

  static std::string limit_of(std::string const& controller, bool is_v2) {
    if (controller == "pids") return "pids.max";
    if (controller == "cpuset") return "cpuset.cpus";
    return is_v2 ? "cpu.max" : "cpu.cfs_quota_us";
  }

  static bool write(std::filesystem::path const& path, std::string const& text) {
    std::ofstream file(path);
    return file.is_open() && (file << text << std::flush);
  }

  // Separated by commas.
  static bool has_word(std::string const& list, std::string const& word) {
    return ("," + list + ",").find("," + word + ",") != std::string::npos;
  }

  // As in /proc/self/cgroup, "hierarchy:controllers:path"; "0::path" is v2's.
  static std::string own_path(std::string const& controller, bool is_v2) {
    std::istringstream lines(read_all("/proc/self/cgroup"));
    for (std::string number, names, path; std::getline(lines, number, ':') &&
                                          std::getline(lines, names, ':') &&
                                          std::getline(lines, path);) {
      if (is_v2 ? number == "0" : has_word(names, controller)) return path;
    }
    return "/";
  }

  static std::vector<Parent> parents(std::string const& controller) {
    std::vector<Parent> found;
    std::istringstream mounts(read_all("/proc/self/mounts"));
    for (std::string line; std::getline(mounts, line);) {
      std::istringstream fields(line);
      std::string device, mount_point, type, options;
      fields >> device >> mount_point >> type >> options;
      bool const is_v2 = type == "cgroup2";
      if (!is_v2 && !(type == "cgroup" && has_word(options, controller))) continue;
      std::filesystem::path folder = mount_point + own_path(controller, is_v2);
      // Not to be seen in a container: its own is what is mounted.
      if (!std::filesystem::is_directory(folder)) folder = mount_point;
      found.push_back({folder.lexically_normal(), is_v2});
    }
    return found;
  }

  std::filesystem::path folder_;
};

}  // namespace faults
