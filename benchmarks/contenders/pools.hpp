// SPDX-License-Identifier: BSD-3-Clause
// Those that take closures one by one. They are given pieces, and somebody waits for the last.
#pragma once

#include <unsupported/Eigen/CXX11/ThreadPool>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <future>
#include <latch>
#include <vector>

#include "contenders/books.hpp"

namespace contenders {

// post(f) hands f over. Blocks until all pieces have been run.
template <class Post, class Body>
void run_in_pieces(std::size_t tasks, std::size_t threads, Post const& post, Body const& body) {
  std::size_t const piece = piece_size(tasks, threads);
  std::latch left(static_cast<std::ptrdiff_t>((tasks + piece - 1) / piece));
  for (std::size_t lo = 0; lo < tasks; lo += piece) {
    post([&body, &left, lo, hi = std::min(tasks, lo + piece)] {
      for (std::size_t i = lo; i < hi; ++i) body(i);
      left.count_down();
    });
  }
  left.wait();
}

struct Asio {
  static constexpr char const* k_name = "asio";
  explicit Asio(std::size_t threads) : threads_(threads), pool_(threads) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    contenders::run_in_pieces(
        tasks, threads_, [this](auto piece) { boost::asio::post(pool_, piece); }, body);
  }

  std::size_t threads_;
  boost::asio::thread_pool pool_;
};

struct EigenPool {
  static constexpr char const* k_name = "eigen";
  explicit EigenPool(std::size_t threads) : threads_(threads), pool_(static_cast<int>(threads)) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    contenders::run_in_pieces(
        tasks, threads_, [this](auto piece) { pool_.Schedule(piece); }, body);
  }

  std::size_t threads_;
  Eigen::ThreadPool pool_;
};

// A thread a piece: so no more pieces than threads, and one of them is the caller's.
struct StdAsync {
  static constexpr char const* k_name = "std_async";
  explicit StdAsync(std::size_t threads) : threads_(threads) {}

  template <class Body>
  void run(std::size_t tasks, Body const& body) {
    std::size_t const piece = (tasks + threads_ - 1) / threads_;
    auto const run_piece = [&](std::size_t lo) {
      for (std::size_t i = lo; i < std::min(tasks, lo + piece); ++i) body(i);
    };
    std::vector<std::future<void>> others;
    for (std::size_t lo = piece; lo < tasks; lo += piece) {
      others.push_back(std::async(std::launch::async, run_piece, lo));
    }
    run_piece(0);
    for (auto& other : others) other.get();
  }

  std::size_t threads_;
};

}  // namespace contenders
