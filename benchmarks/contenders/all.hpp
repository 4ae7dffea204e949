// SPDX-License-Identifier: BSD-3-Clause
// Every contender: those whose library is packaged by Debian, and those that were found.
#pragma once

#include "contenders/onetbb.hpp"
#include "contenders/openmp.hpp"
#include "contenders/pools.hpp"
#include "contenders/reactor.hpp"
#include "contenders/serial.hpp"
#include "contenders/std_par.hpp"
#ifdef HAS_TASKFLOW
#include "contenders/taskflow.hpp"
#endif
#ifdef HAS_BS_THREAD_POOL
#include "contenders/bs_thread_pool.hpp"
#endif

namespace contenders {

// visit.operator()<C>() for the plain loop, for the Reactor, and for each rival C.
template <class Visit>
void for_each(Visit const& visit) {
  visit.template operator()<Serial>();
  visit.template operator()<InReactor>();
  visit.template operator()<OpenMpStatic>();
  visit.template operator()<OpenMpStaticPassive>();
  visit.template operator()<OpenMpDynamic>();
  visit.template operator()<OpenMpDynamicPassive>();
  visit.template operator()<TbbAuto>();
  visit.template operator()<TbbSimple>();
  visit.template operator()<TbbTaskGroup>();
  visit.template operator()<StdPar>();
  visit.template operator()<Asio>();
  visit.template operator()<EigenPool>();
  visit.template operator()<StdAsync>();
#ifdef HAS_TASKFLOW
  visit.template operator()<Taskflow>();
#endif
#ifdef HAS_BS_THREAD_POOL
  visit.template operator()<BsThreadPool>();
#endif
}

}  // namespace contenders
