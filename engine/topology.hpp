// SPDX-License-Identifier: BSD-3-Clause
// Which CPUs there are for this process, in which order to use them, and who already does.
#pragma once

#include <cstddef>
#include <vector>

namespace reactor::engine {

// Beyond what the kernel can be built for (8192).
inline constexpr int k_cpus_max = 16384;

// The CPUs that the calling thread may use, one of each core first, hyperthreads after. Never
// empty.
std::vector<int> usable_cpus();

// Binds the calling thread. False when the system refuses.
bool pin_this_thread(int cpu) noexcept;

// CPUs that the workers of one Reactor are pinned to, counted for the whole process so that
// Reactors don't pile onto the same ones.
class CpuClaim {
 public:
  // For each of `workers`, the CPU of `candidates` that the fewest workers of this process are
  // pinned to, the first of those in case of doubt.
  static CpuClaim choose(std::size_t workers, std::vector<int> const& candidates);
  // For each of `workers` the next of `cpus`, over and over.
  static CpuClaim exactly(std::size_t workers, std::vector<int> const& cpus);

  CpuClaim() = default;
  CpuClaim(CpuClaim&& other) noexcept { cpus_.swap(other.cpus_); }
  CpuClaim& operator=(CpuClaim&&) = delete;
  ~CpuClaim();

  // By worker. Empty when nothing is claimed.
  std::vector<int> const& cpus() const noexcept { return cpus_; }

 private:
  std::vector<int> cpus_;
};

}  // namespace reactor::engine
