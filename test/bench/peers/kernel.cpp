// The plain way in C++: std::priority_queue of (time, sequence, argument), handlers in a table. Same work, same laws, same
// random numbers per event as the others: what differs is the language and the event list.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <queue>
#include <vector>

namespace {

struct Event {
  double time;
  uint64_t sequence;
  uint32_t argument;
};

struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
  }
};

using Events = std::priority_queue<Event, std::vector<Event>, Later>;

uint64_t state[2] = {0x9e3779b97f4a7c15ull, 0xbf58476d1ce4e5b9ull};

// xorshift128+
double uniform() {
  uint64_t a = state[0];
  const uint64_t b = state[1];
  state[0] = b;
  a ^= a << 23;
  state[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
  return static_cast<double>((state[1] + b) >> 11) * 0x1.0p-53;
}

double exponential(double mean) { return -mean * std::log(1 - uniform()); }

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double hold(uint32_t pending, uint64_t count) {
  Events events;
  uint64_t sequence = 0;
  for (uint32_t slot = 0; slot < pending; slot++) events.push({exponential(1), sequence++, slot});
  const double began = seconds();
  for (uint64_t done = 0; done < count; done++) {
    Event next = events.top();
    events.pop();
    events.push({next.time + exponential(1), sequence++, next.argument});
  }
  return static_cast<double>(count) / (seconds() - began);
}

// M/M/c first come first served; the sojourn of every customer is kept.
double queue(uint32_t servers, double load, uint64_t customers) {
  Events events;
  uint64_t sequence = 0;
  std::vector<double> arrived(customers + 1), sojourn(customers);
  std::deque<uint32_t> waiting;
  uint32_t busy = 0;
  uint64_t served = 0, come = 0;
  const double gap = 1 / (load * servers);
  const uint32_t arrival = 0xffffffffu;
  const double began = seconds();
  events.push({exponential(gap), sequence++, arrival});
  while (served < customers) {
    const Event now = events.top();
    events.pop();
    if (now.argument == arrival) {
      const uint32_t customer = static_cast<uint32_t>(come++ % customers);
      arrived[customer] = now.time;
      if (busy < servers) {
        busy++;
        events.push({now.time + exponential(1), sequence++, customer});
      } else {
        waiting.push_back(customer);
      }
      events.push({now.time + exponential(gap), sequence++, arrival});
      continue;
    }
    sojourn[served++] = now.time - arrived[now.argument];
    if (waiting.empty()) {
      busy--;
    } else {
      events.push({now.time + exponential(1), sequence++, waiting.front()});
      waiting.pop_front();
    }
  }
  const double took = seconds() - began;
  double sum = 0;
  for (const double one : sojourn) sum += one;
  if (!(sum / static_cast<double>(customers) > 1)) std::abort();
  return static_cast<double>(customers) / took;
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  const double rate = std::strcmp(words[1], "hold") == 0
                          ? hold(static_cast<uint32_t>(std::atof(words[2])), static_cast<uint64_t>(std::atof(words[3])))
                          : queue(static_cast<uint32_t>(std::atof(words[2])), 0.9, static_cast<uint64_t>(std::atof(words[3])));
  std::printf("%.0f\n", rate);
  return 0;
}
