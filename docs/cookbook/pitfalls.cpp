// SPDX-License-Identifier: BSD-3-Clause
// What goes wrong without a Reactor: workers on a plain queue that a poison pill is to end. One
// task that throws is enough for a producer that waits for ever, or for an error that nobody hears
// of. The waits that would never end are given up on here, so that the program can tell the story.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using Task = std::variant<int, std::string>;
using TaskOrPill = std::optional<Task>;

constexpr auto k_patience = std::chrono::milliseconds(100);

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  // False when there was no room for so long that there will never be.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    auto const has_room = [&] { return items_.size() < capacity_; };
    if (!changed_.wait_for(lock, k_patience, has_room)) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  T pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !items_.empty(); });
    return take();
  }

  // Nothing when no item came for so long that none ever will.
  std::optional<T> pop_patiently() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, k_patience, [&] { return !items_.empty(); })) return {};
    return take();
  }

 private:
  T take() {
    T item = std::move(items_.front());
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  std::size_t const capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
};

int add_5(Task const& task) {
  if (std::holds_alternative<std::string>(task))
    throw std::invalid_argument("cannot add 5 to text");
  return std::get<int>(task) + 5;
}

// The worker: ends when it takes a pill, or with the first exception, which its future then keeps.
void consume(BoundedQueue<TaskOrPill>& tasks, BoundedQueue<int>& results) {
  while (TaskOrPill const task = tasks.pop()) results.push(add_5(*task));
}

void show_hang(std::vector<Task> const& tasks) {
  BoundedQueue<TaskOrPill> queue(2);
  BoundedQueue<int> results(tasks.size());
  auto const worker = std::async(std::launch::async, [&] { consume(queue, results); });

  queue.push(tasks[0]);
  worker.wait();  // it is dead by now, long before its pill; the producer has no way to know
  for (std::size_t i = 1; i < tasks.size(); ++i) {
    if (!queue.push(tasks[i])) {
      std::cout << "hang: the queue is full and its worker dead; the producer waits for ever with "
                << "task " << i << '\n';
      return;
    }
  }
}

void show_hidden_error(std::vector<Task> const& tasks) {
  BoundedQueue<TaskOrPill> queue(tasks.size() + 2);
  BoundedQueue<int> results(tasks.size());
  std::vector<std::future<void>> workers;
  for (int i = 0; i < 2; ++i) {
    workers.push_back(std::async(std::launch::async, [&] { consume(queue, results); }));
  }
  for (auto const& task : tasks) queue.push(task);
  for (std::size_t i = 0; i < workers.size(); ++i) queue.push(std::nullopt);
  for (auto const& worker : workers) worker.wait();

  std::vector<int> collected;
  while (auto const result = results.pop_patiently()) collected.push_back(*result);
  std::sort(collected.begin(), collected.end());

  std::cout << "hidden error: " << tasks.size() << " tasks, results:";
  for (int const result : collected) std::cout << ' ' << result;
  std::cout << "; which task is missing, and why, nobody was told\n";
  // A collector that counts to the number of tasks would be waiting still. The exception lies in
  // the future of a worker that was only waited for, and goes with it.
}

int main() {
  std::vector<Task> const tasks = {"1", 2, 3, 4, 5};
  show_hang(tasks);
  show_hidden_error(tasks);
}
