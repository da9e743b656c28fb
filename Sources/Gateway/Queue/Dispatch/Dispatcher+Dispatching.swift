// SPDX-License-Identifier: Apache-2.0
import Synchronization

extension Dispatcher: Dispatching {
    public func reserve(_ stream: Stream, lane: Lane, count: Int) -> LeaseHolder? {
        let now = clock()
        let key = DispatchMachine.QueueKey(stream: stream, lane: lane)
        return machine.withLock { $0.reserve(key, count: count, now: now) } ? holder : nil
    }

    public func unreserve(_ stream: Stream, lane: Lane, count: Int) {
        feed { machine, _ in
            machine.unreserve(DispatchMachine.QueueKey(stream: stream, lane: lane), count: count)
        }
    }

    public func doubt(_ ids: [String]) {
        guard stores.fleet != nil, !ids.isEmpty else { return }
        doubtful.withLock { $0.ids += ids }
        calls.yield()
    }

    public func accepted(_ messages: [QueuedMessage]) {
        feed { machine, _ in
            for message in messages {
                machine.unreserve(DispatchMachine.QueueKey(stream: message.stream, lane: message.lane), count: 1)
            }
            machine.admit(messages)
        }
    }

    public func stored(_ stream: Stream, lane: Lane, due: Timestamp) {
        feed { machine, _ in
            machine.noteStored(DispatchMachine.QueueKey(stream: stream, lane: lane), due: due)
        }
    }

    public func watch(_ id: String) -> OutcomeWatch {
        let watch = OutcomeWatch { [weak self] in
            _ = self?.watches.withLock { $0.removeValue(forKey: id) }
        }
        watches.withLock { $0[id] = WeakWatch(watch: watch) }
        return watch
    }

    public func setPaused(_ paused: Bool, provider: String) {
        feed { machine, now in machine.setPaused(paused, provider: provider, now: now) }
    }

    public func statuses() -> [ProviderStatus] {
        let now = clock()
        return machine.withLock { $0.statuses(now: now) }
    }

    public func explain(_ record: MessageRecord) -> Explanation {
        let now = clock()
        return machine.withLock { $0.explain(record, now: now) }
    }
}

extension Dispatcher {
    /// Says that an address was added to the suppression list; it holds for every attempt that starts from now on.
    public func suppressionAdded() {
        suppressions.withLock { known in
            known.isEmpty = false
            known.additions += 1
        }
    }
}
