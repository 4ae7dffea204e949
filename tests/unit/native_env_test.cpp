// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <string>

#include "engine/env.hpp"

namespace reactor::engine {
namespace {

std::string name_of_thread(std::string const& wanted) {
  std::string got(16, '\0');
  NativeEnv::thread thread(wanted, [&] { pthread_getname_np(pthread_self(), got.data(), 16); });
  thread.join();
  return got.c_str();
}

TEST(NativeThread, is_named_and_the_number_is_never_cut) {
  EXPECT_EQ(name_of_thread("reactor/3"), "reactor/3");
  EXPECT_EQ(name_of_thread("exactly15chars/"), "exactly15chars/");
  EXPECT_EQ(name_of_thread("a-very-long-name/4095"), "a-very-lon/4095");
}

TEST(NativeThread, leaves_signals_to_the_process) {
  sigset_t mask;
  sigemptyset(&mask);
  NativeEnv::thread thread("t/0", [&] { pthread_sigmask(SIG_SETMASK, nullptr, &mask); });
  thread.join();
  EXPECT_EQ(sigismember(&mask, SIGTERM), 1);
  EXPECT_EQ(sigismember(&mask, SIGUSR1), 1);
  EXPECT_EQ(sigismember(&mask, SIGSEGV), 0);
  sigset_t own;
  pthread_sigmask(SIG_SETMASK, nullptr, &own);
  EXPECT_EQ(sigismember(&own, SIGTERM), 0) << "the creating thread's mask is as before";
}

TEST(NativeFutex, does_not_wait_for_a_word_that_differs) {
  std::atomic<std::uint32_t> word{1};
  NativeEnv::futex_wait(word, 0, k_forever_ns);
  NativeEnv::futex_wait(word, 1, 1'000);
}

TEST(NativeClock, does_not_go_back) {
  std::uint64_t const before = NativeEnv::now_ns();
  EXPECT_GE(NativeEnv::now_ns(), before);
}

}  // namespace
}  // namespace reactor::engine
