// SPDX-License-Identifier: BSD-3-Clause
#include "engine/cpu_quota.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace reactor::engine {
namespace {

namespace fs = std::filesystem;

// A file system as a process in some container sees it.
class CpuQuota : public testing::Test {
 protected:
  CpuQuota() {
    std::string name = (fs::temp_directory_path() / "reactor-quota-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~CpuQuota() override { fs::remove_all(root_); }

  void write(std::string const& path, std::string const& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }

  void mount_v2(std::string const& cgroup) {
    write("/proc/self/cgroup", "0::" + cgroup + "\n");
    write("/proc/self/mountinfo", "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
  }

  std::string root_;
};

TEST_F(CpuQuota, nothing_known_is_no_quota) {
  EXPECT_EQ(cgroup_cpu_quota(root_), std::nullopt);
}

TEST_F(CpuQuota, v2_of_the_process_itself) {
  mount_v2("/service");
  write("/sys/fs/cgroup/service/cpu.max", "150000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), 1.5);
}

TEST_F(CpuQuota, lines_of_another_form_are_skipped) {
  write("/proc/self/cgroup", "nonsense\n4\n4:memory:/other\n0::/service\n");
  write("/proc/self/mountinfo",
        "nonsense\n30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
  write("/sys/fs/cgroup/service/cpu.max", "150000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), 1.5);
}

TEST_F(CpuQuota, a_process_in_no_cgroup_of_a_hierarchy_has_no_quota) {
  mount_v2("/service");
  write("/proc/self/cgroup", "4:memory:/other\n");
  write("/sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), std::nullopt);
}

TEST_F(CpuQuota, v2_max_is_no_quota) {
  mount_v2("/service");
  write("/sys/fs/cgroup/service/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), std::nullopt);
}

TEST_F(CpuQuota, the_tightest_of_all_ancestors_counts) {
  mount_v2("/pod/box/service");
  write("/sys/fs/cgroup/pod/cpu.max", "20000 100000\n");
  write("/sys/fs/cgroup/pod/box/cpu.max", "max 100000\n");
  write("/sys/fs/cgroup/pod/box/service/cpu.max", "400000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), 0.2);
}

TEST_F(CpuQuota, at_the_mount_point_itself) {
  mount_v2("/");
  write("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), 2.0);
}

TEST_F(CpuQuota, v1_beside_other_controllers) {
  write("/proc/self/cgroup", "3:memory:/x\n2:cpu,cpuacct:/docker/abc\n0::/\n");
  write("/proc/self/mountinfo",
        "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "32 24 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), 3.0) << "the container sees its own cgroup at the mount point";
}

TEST_F(CpuQuota, v1_minus_one_is_no_quota) {
  write("/proc/self/cgroup", "2:cpu:/\n");
  write("/proc/self/mountinfo", "32 24 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n");
  write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), std::nullopt);
}

TEST_F(CpuQuota, what_cannot_be_read_is_no_quota) {
  mount_v2("/service");
  fs::create_directories(root_ + "/sys/fs/cgroup/service/cpu.max");
  EXPECT_EQ(cgroup_cpu_quota(root_), std::nullopt);
  fs::remove(root_ + "/proc/self/mountinfo");
  fs::create_directories(root_ + "/proc/self/mountinfo");
  EXPECT_EQ(cgroup_cpu_quota(root_), std::nullopt);
}

TEST_F(CpuQuota, garbage_is_no_quota) {
  mount_v2("/service");
  write("/sys/fs/cgroup/service/cpu.max", "a lot\n");
  EXPECT_EQ(cgroup_cpu_quota(root_), std::nullopt);
}

}  // namespace
}  // namespace reactor::engine
