extension BatchQueue {
    /// Takes a request into the queue, or refuses it.
    ///
    /// Its answer is predicted for
    ///
    ///     finish = now + wait + T(own batch)
    ///     wait   = time to the next free runner + (floor(rows ahead / B) · S(B) + S(rest, where it cannot be joined)) / runners
    ///
    /// with B the size whose rows cost least among those that end within half the objective. Its own batch is the rest, its own
    /// rows and those expected while it waits, up to B. It is refused where it would have to wait and `finish` is later than
    /// `admissionFactor · max(objective, 2·T(rows))` after it came, or than its own deadline. A full queue makes room by giving up its
    /// last requests of lower priority, if that makes enough.
    mutating func admit(_ request: Request, _ now: Double, _ actions: inout [Action]) {
        let id = request.id
        guard !isClosed else { return actions.append(.reject(id, .closed)) }
        let deadline = request.deadlineSeconds ?? .infinity
        guard deadline > now else { return actions.append(.reject(id, .expired)) }
        let entry = entry(request, now)
        let finish = prediction(for: entry, now)
        let allowed = policy.admissionFactor * allowance(rows: request.rows)
        let lateness = max(finish.wait + finish.run - allowed, finish.wait + finish.run - (deadline - now))
        guard finish.wait == 0 || lateness <= 0 else {
            return actions.append(.reject(id, .late(retryAfterSeconds: max(lateness, curve.seconds(rows: drainRows)))))
        }
        guard let displaced = displaced(by: request) else {
            return actions.append(.reject(id, .full(retryAfterSeconds: retryAfterSeconds(now))))
        }
        for victim in displaced {
            _ = waiting.remove(victim)
            actions.append(.reject(victim, .displaced(retryAfterSeconds: retryAfterSeconds(now))))
        }
        waiting.insert(entry)
        demand.count(rows: request.rows, present: presentRequestCount, now: now)
    }

    /// How long after it came a request of some rows is to be answered: the objective, or twice what it takes by itself.
    func allowance(rows: Int) -> Double { max(policy.objectiveSeconds, 2 * curve.tailSeconds(rows: rows)) }

    /// Chooses the size in which a long queue is worked off: its rows cost least, and who waits for one batch and runs in the next is
    /// still within the objective.
    mutating func chooseDrainRows() {
        drainRows = curve.cheapestRows(upTo: policy.rowCountMax, within: policy.objectiveSeconds / 2)
    }

    /// How long until a runner takes the next batch, in seconds; 0 where one is free.
    func nextRunnerSeconds(_ now: Double) -> Double {
        guard freeRunnerCount == 0, let end = running.lazy.map(\.endSeconds).min() else { return 0 }
        return max(0, end - now)
    }

    private mutating func entry(_ request: Request, _ now: Double) -> WaitingRequests.Entry {
        sequence += 1
        return WaitingRequests.Entry(
            request: request, arrivedSeconds: now,
            dueSeconds: min(now + allowance(rows: request.rows), request.deadlineSeconds ?? .infinity),
            level: (now / policy.ageingSeconds).rounded(.down) - Double(request.priority), sequence: sequence
        )
    }

    private func prediction(for entry: WaitingRequests.Entry, _ now: Double) -> (wait: Double, run: Double) {
        let rows = entry.request.rows
        let (batchesAhead, rest) = waiting.rowCount(before: waiting.place(of: entry)).quotientAndRemainder(dividingBy: drainRows)
        let joins = rest + rows <= drainRows
        let ahead = Double(batchesAhead) * curve.seconds(rows: drainRows) + (joins || rest == 0 ? 0 : curve.seconds(rows: rest))
        let wait = nextRunnerSeconds(now) + ahead / Double(policy.runnerCount)
        let company = Int(demand.expectedCount(within: wait) * demand.rowsPerRequest)
        return (wait, curve.tailSeconds(rows: max(rows, min(drainRows, (joins ? rest : 0) + rows + company))))
    }

    /// Who must go for a request to fit in: `nil` where not even all of lower priority would make room enough.
    private func displaced(by request: Request) -> [RequestID]? {
        var (count, rows) = (waiting.count + 1, waiting.rowCount + request.rows)
        func fits() -> Bool { count <= policy.queueRequestCountMax && (rows <= policy.queueRowCountMax || count == 1) }
        if fits() { return [] }
        var victims: [RequestID] = []
        for entry in waiting.entries.reversed() where entry.request.priority < request.priority {
            victims.append(entry.request.id)
            count -= 1
            rows -= entry.request.rows
            if fits() { return victims }
        }
        return nil
    }

    /// When a full queue will have room: after the next batch.
    private func retryAfterSeconds(_ now: Double) -> Double { nextRunnerSeconds(now) + curve.seconds(rows: drainRows) }
}
