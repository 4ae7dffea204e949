// SPDX-License-Identifier: BSD-3-Clause
// In cgroups that allow too few threads, or one CPU. Where none may be made, that is said and
// nothing is tested.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include "tests/contract/machine.hpp"
#include "tests/faults/cgroup.hpp"

namespace faults {
namespace {

std::unique_ptr<Cgroup> make_or_tell(std::string const& controller) {
  std::string why;
  auto made = Cgroup::make(controller, why);
  if (made == nullptr) {
    std::cout << "NOT TESTED: no " << controller << " cgroup can be made here (" << why << ")\n";
  }
  return made;
}

bool set_or_tell(Cgroup const& group, std::string const& file, std::string const& value) {
  std::string const failed = group.set(file, value);
  if (!failed.empty()) std::cout << "NOT TESTED: cannot write " << failed << '\n';
  return failed.empty();
}

// Runs cgroup_faults_child in the group. What it expects it checks itself, and says on stdout.
void expect_child_content(Cgroup const& group, std::string const& mode, std::string const& first,
                          std::string const& second = "") {
  constexpr int k_cannot_enter = 77;
  std::string const procs = (group.folder() / "cgroup.procs").string();
  std::cout << std::flush;
  pid_t const child = fork();
  if (child == 0) {
    int const file = open(procs.c_str(), O_WRONLY);
    if (file < 0 || write(file, "0", 1) != 1) _exit(k_cannot_enter);
    close(file);
    execl(FAULTS_CHILD, FAULTS_CHILD, mode.c_str(), first.c_str(), second.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == k_cannot_enter) {
    std::cout << "NOT TESTED: " << procs << " may not be entered\n";
    return;
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(CgroupFaults, TooFewThreads) {
  auto const group = make_or_tell("pids");
  if (group == nullptr || !set_or_tell(*group, "pids.max", "5")) return;
  expect_child_content(*group, "pids", (group->folder() / "pids.max").string());
}

TEST(CgroupFaults, OneCpu) {
  auto const group = make_or_tell("cpuset");
  if (group == nullptr) return;
  auto const cpus = usable_cpus();
  int const cpu = cpus.back();
  int const other = cpus.size() > 1 ? cpus.front() : cpu + 1;
  std::string const memory = group->read_from_parent("cpuset.mems");
  // v2 inherits it.
  if (memory.find_first_not_of('\n') != std::string::npos &&
      !set_or_tell(*group, "cpuset.mems", memory)) {
    return;
  }
  if (!set_or_tell(*group, "cpuset.cpus", std::to_string(cpu))) return;
  expect_child_content(*group, "cpuset", std::to_string(cpu), std::to_string(other));
}

TEST(CgroupFaults, OneAndAHalfCpusOfTime) {
  auto const group = make_or_tell("cpu");
  if (group == nullptr) return;
  bool const is_v2 = std::filesystem::exists(group->folder() / "cpu.max");
  bool const is_set = is_v2 ? set_or_tell(*group, "cpu.max", "150000 100000")
                            : set_or_tell(*group, "cpu.cfs_quota_us", "150000");
  if (is_set) expect_child_content(*group, "quota", "");
}

}  // namespace
}  // namespace faults
