extension BatchQueue {
    /// Of the advantage that waiting promises, this share must be left when the arrivals are as slow as they may be.
    static let waitingMargin = 0.1
    /// After so many times the usual gap without a request, none is expected: one gap in fifty is that long by chance.
    static let silentGapsMax = 4.0

    /// The batch that would start now.
    private struct Candidate {
        var requestCount: Int
        var rows: Int
        /// When the first of its requests is due that can still be answered in time.
        var dueSeconds = Double.infinity
        /// Whether one is late whatever happens.
        var hasLate = false
        /// Whether it would be larger, were it not for that due time.
        var wasCutByDue = false

        mutating func take(_ dueSeconds: Double, isLate: Bool) {
            if isLate { hasLate = true } else { self.dueSeconds = min(self.dueSeconds, dueSeconds) }
        }
    }

    /// Starts batches while a runner is free and nothing is gained by waiting.
    mutating func start(_ now: Double, _ actions: inout [Action]) {
        holdSeconds = nil
        if waiting.isEmpty { patience.abandon() }
        while freeRunnerCount > 0, let candidate = candidate(now) {
            if let until = holdSeconds(for: candidate, now), patience.mayWait(requests: candidate.requestCount) {
                holdSeconds = until
                return
            }
            patience.end(requests: candidate.requestCount)
            startFirst(candidate.requestCount, now, &actions)
        }
    }

    /// The first requests in order, as many as may run together.
    ///
    /// The next one joins where the batch stays within `rowCountMax`, where it costs at least `gainMin` less in the batch than alone, and
    /// where the batch's tail ends before the earliest due time in it. Two things are not held against it: the due time of a request that
    /// would be late even alone; and any, up to `drainRows`, if the requests that are left for the next batch would then be late
    /// themselves, because smaller batches are what a long queue can afford least.
    private func candidate(_ now: Double) -> Candidate? {
        guard let punctual = candidate(now, heedingDue: true, upTo: policy.rowCountMax) else { return nil }
        guard punctual.wasCutByDue else { return punctual }
        guard let largest = candidate(now, heedingDue: false, upTo: drainRows) else { return punctual }
        guard largest.requestCount > punctual.requestCount else { return punctual }
        let left = waiting.entries[punctual.requestCount..<largest.requestCount]
        let end = now + curve.seconds(rows: punctual.rows) + curve.tailSeconds(rows: largest.rows - punctual.rows)
        return left.allSatisfy { end <= $0.dueSeconds || isLate($0, now) } ? punctual : largest
    }

    private func candidate(_ now: Double, heedingDue: Bool, upTo rowCountMax: Int) -> Candidate? {
        guard let first = waiting.entries.first else { return nil }
        var candidate = Candidate(requestCount: 1, rows: first.request.rows)
        candidate.take(first.dueSeconds, isLate: isLate(first, now))
        for entry in waiting.entries.prefix(policy.requestCountMax).dropFirst() {
            let rows = entry.request.rows
            guard candidate.rows + rows <= rowCountMax, curve.joiningPays(rows: rows, to: candidate.rows) else { break }
            var joined = candidate
            joined.requestCount += 1
            joined.rows += rows
            joined.take(entry.dueSeconds, isLate: isLate(entry, now))
            if heedingDue, now + curve.tailSeconds(rows: joined.rows) > joined.dueSeconds {
                candidate.wasCutByDue = true
                break
            }
            candidate = joined
        }
        return candidate
    }

    /// Whether a request would be late even if it ran now and alone.
    private func isLate(_ entry: WaitingRequests.Entry, _ now: Double) -> Bool {
        now + curve.tailSeconds(rows: entry.request.rows) > entry.dueSeconds
    }

    /// Until when a batch waits for more; `nil` where it starts now.
    ///
    /// Only the last free runner waits, and only if everybody is in the batch, nobody is late, more requests than these have been there at
    /// once of late, and they come faster than `longestGapSeconds`. It gives up when nobody came for that long, or for `silentGapsMax`
    /// usual gaps, and in time for one more request to be answered with the earliest that is due. Where that was in vain more often
    /// than not, it is hardly tried any more (`Patience`).
    private func holdSeconds(for candidate: Candidate, _ now: Double) -> Double? {
        guard !isClosed, freeRunnerCount == 1, candidate.requestCount == waiting.count, !candidate.hasLate,
            let gap = demand.gapSeconds, let latest = demand.anchorSeconds, Double(candidate.requestCount) < demand.crowd - 0.5,
            gap < curve.seconds(rows: candidate.rows)
        else { return nil }
        let longestGap = longestGapSeconds(candidate, now)
        guard gap < longestGap else { return nil }
        let lastStart = candidate.dueSeconds - curve.tailSeconds(rows: candidate.rows + expectedRows(1))
        let until = min(latest + min(longestGap, Self.silentGapsMax * gap), lastStart)
        return until > now ? until : nil
    }

    /// The longest time between arrivals at which waiting pays.
    ///
    /// m requests of n rows wait, and k more of r rows in all are expected, one each gap g. To start now answers the m after S(n) and the
    /// k, which find the runner at work until e, after e + S(r); to wait answers all after k·g + S(n + r). The sum of these times
    /// is smaller with waiting where
    ///
    ///     g < (m·S(n) + k·(e + S(r)) - (m + k)·S(n + r)) / ((m + k)·k)   and   k·g <= e
    ///
    /// The answer is the largest such g over k = 1, 2, 4 … With S(n) = f + c·n and m = k = 1 it is (f - c) / 2: a curve through the
    /// origin never waits, and a lone request waits only where requests come twice as fast as they could be answered one by one.
    private func longestGapSeconds(_ candidate: Candidate, _ now: Double) -> Double {
        let alone = curve.seconds(rows: candidate.rows)
        let free = running.isEmpty ? alone : min(alone, max(0, (running.lazy.map(\.endSeconds).min() ?? now) - now))
        let waiting = Double(candidate.requestCount)
        var longest = 0.0
        var count = 1
        while candidate.requestCount + count <= policy.requestCountMax {
            let rows = expectedRows(count)
            guard candidate.rows + rows <= policy.rowCountMax else { break }
            let expected = Double(count)
            let apart = waiting * alone + expected * (free + curve.seconds(rows: rows))
            let together = (waiting + expected) * curve.seconds(rows: candidate.rows + rows)
            longest = max(longest, min((apart - together) / ((waiting + expected) * expected), free / expected))
            count *= 2
        }
        return longest * (1 - Self.waitingMargin)
    }

    private func expectedRows(_ count: Int) -> Int { Int((demand.rowsPerRequest * Double(count)).rounded(.up)) }
}
