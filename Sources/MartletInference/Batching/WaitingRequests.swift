/// The requests that wait, in the order in which they will be started.
///
/// A sorted array: the newest request nearly always belongs at the end, and moving a thousand entries costs microseconds.
struct WaitingRequests: Sendable {
    /// One request, with what its place depends on.
    struct Entry: Sendable, Equatable {
        let request: BatchQueue.Request
        /// When it came.
        let arrivedSeconds: Double
        /// When it is to be answered: the objective's end or its own deadline.
        let dueSeconds: Double
        /// The ageing period that it came in, less its priority: whoever waits one period longer counts one priority more.
        let level: Double
        /// How many came before it.
        let sequence: UInt64

        /// Whether this one is started before another: by priority, then due time, then arrival.
        func precedes(_ other: Entry) -> Bool {
            if level != other.level { return level < other.level }
            if dueSeconds != other.dueSeconds { return dueSeconds < other.dueSeconds }
            return sequence < other.sequence
        }
    }

    private(set) var entries: [Entry] = []
    /// The rows of all.
    private(set) var rowCount = 0
    /// No deadline is before this time; `infinity` where there is none.
    private(set) var earliestDeadlineSeconds = Double.infinity

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Where an entry belongs.
    func place(of entry: Entry) -> Int {
        guard let last = entries.last, entry.precedes(last) else { return entries.count }
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entry.precedes(entries[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The rows of those before a place.
    func rowCount(before place: Int) -> Int {
        place == entries.count ? rowCount : entries[..<place].reduce(0) { $0 + $1.request.rows }
    }

    /// Adds an entry at its place.
    mutating func insert(_ entry: Entry) {
        entries.insert(entry, at: place(of: entry))
        rowCount += entry.request.rows
        earliestDeadlineSeconds = min(earliestDeadlineSeconds, entry.request.deadlineSeconds ?? .infinity)
    }

    /// Takes the first entries out.
    mutating func takeFirst(_ count: Int) -> [Entry] {
        let taken = Array(entries.prefix(count))
        entries.removeFirst(count)
        rowCount -= taken.reduce(0) { $0 + $1.request.rows }
        forgetDeadlineIfEmpty()
        return taken
    }

    /// Takes one entry out, if it is there.
    mutating func remove(_ id: BatchQueue.RequestID) -> Entry? {
        guard let place = entries.lastIndex(where: { $0.request.id == id }) else { return nil }
        let removed = entries.remove(at: place)
        rowCount -= removed.request.rows
        forgetDeadlineIfEmpty()
        return removed
    }

    /// Takes out what may wait no longer.
    mutating func removeExpired(now: Double) -> [Entry] {
        guard earliestDeadlineSeconds <= now else { return [] }
        let expired = entries.filter { ($0.request.deadlineSeconds ?? .infinity) <= now }
        entries.removeAll { ($0.request.deadlineSeconds ?? .infinity) <= now }
        rowCount -= expired.reduce(0) { $0 + $1.request.rows }
        earliestDeadlineSeconds = entries.reduce(.infinity) { min($0, $1.request.deadlineSeconds ?? .infinity) }
        return expired
    }

    private mutating func forgetDeadlineIfEmpty() {
        if entries.isEmpty { earliestDeadlineSeconds = .infinity }
    }
}
