// SPDX-License-Identifier: BSD-3-Clause
#include "engine/resolve.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/cpu_quota.hpp"
#include "engine/topology.hpp"
#include "reactor/error.hpp"

namespace reactor::engine {

namespace {

constexpr std::size_t k_parallelism_max = 4096;
constexpr std::size_t k_stragglers_max = 4096;
constexpr char const* k_parallelism_variable = "REACTOR_PARALLELISM";

[[noreturn]] void refuse(std::string const& name, std::string const& value,
                         std::string const& allowed) {
  throw OptionsError(name + " = " + value + ": allowed is " + allowed);
}

std::string parallelism_allowed() {
  return "1 to " + std::to_string(k_parallelism_max);
}

// 0 when the variable is not set.
std::size_t parallelism_from_environment() {
  char const* const text = std::getenv(k_parallelism_variable);
  if (text == nullptr) return 0;
  std::string_view const digits(text);
  std::size_t value = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool const is_number = error == std::errc() && end == digits.data() + digits.size();
  if (!is_number || value < 1 || value > k_parallelism_max) {
    refuse(k_parallelism_variable, std::string("'").append(digits).append("'"),
           parallelism_allowed());
  }
  return value;
}

std::size_t default_parallelism(Options const& options) {
  if (std::size_t const wanted = parallelism_from_environment()) return wanted;
  std::size_t cpus = options.cpus.empty() ? usable_cpus().size() : options.cpus.size();
  if (options.cpus.empty()) {
    if (auto const quota = cgroup_cpu_quota()) {
      // Rounded down: a thread more than the quota feeds gets all of them throttled.
      cpus = std::min(cpus, std::max<std::size_t>(1, static_cast<std::size_t>(*quota)));
    }
  }
  return std::min(cpus, k_parallelism_max);
}

}  // namespace

void refuse_limit(char const* name, std::chrono::nanoseconds limit) {
  if (limit.count() > 0) return;
  refuse(name, std::to_string(limit.count()) + " ns", "more than 0, or no_timeout");
}

Options resolve(Options options) {
  if (options.parallelism > k_parallelism_max) {
    refuse("Options::parallelism", std::to_string(options.parallelism),
           parallelism_allowed() + ", or 0 for the default");
  }
  refuse_limit("Options::result_timeout", options.result_timeout);
  if (options.stragglers_max > k_stragglers_max) {
    refuse("Options::stragglers_max", std::to_string(options.stragglers_max),
           "0 to " + std::to_string(k_stragglers_max));
  }
  if (options.queue_limit == 0) refuse("Options::queue_limit", "0", "1 or more");
  if (options.spin.count() < 0) {
    refuse("Options::spin", std::to_string(options.spin.count()) + " ns", "0 or more");
  }
  if (options.pinning != Pinning::automatic && options.pinning != Pinning::none) {
    refuse("Options::pinning", std::to_string(static_cast<int>(options.pinning)),
           "Pinning::automatic or Pinning::none");
  }
  for (std::size_t i = 0; i < options.cpus.size(); ++i) {
    if (options.cpus[i] < 0 || options.cpus[i] >= k_cpus_max) {
      refuse("Options::cpus[" + std::to_string(i) + "]", std::to_string(options.cpus[i]),
             "a CPU's number, 0 to " + std::to_string(k_cpus_max - 1));
    }
  }
  if (!options.cpus.empty() && options.pinning == Pinning::none) {
    refuse("Options::pinning", "Pinning::none",
           "only Pinning::automatic while Options::cpus names CPUs to pin to");
  }
  if (options.parallelism == 0) options.parallelism = default_parallelism(options);
  return options;
}

}  // namespace reactor::engine
