import MartletCore

/// What a batch costs: the seconds that a model needs for so many rows at once, as measured.
///
/// Between two sizes the cost is linear; below the smallest it is level, and beyond the largest each row costs what the largest
/// size's rows do on average. The curve never falls: measurements that do are pooled (`CostCurve+Learning`).
package struct CostCurve: Sendable, Equatable {
    /// The most sizes of one curve.
    package static let pointCountMax = 64
    /// A batch pays when it lowers the cost of a request by at least this share; less than that is within the error of measuring.
    package static let gainMin = 0.1
    /// What it costs to hand a request to another thread and its answer back, in seconds of a processor.
    package static let handoverSeconds = 20e-6
    /// The most that `tailFactor` grows to.
    package static let tailFactorMax = 4.0

    /// What a batch of one size costs.
    package struct Point: Sendable, Equatable {
        /// The rows of the batch, 1 or more.
        package var rows: Int
        /// How long it takes, in seconds.
        package var seconds: Double

        /// Makes a point.
        package init(rows: Int, seconds: Double) { (self.rows, self.seconds) = (rows, seconds) }
    }

    /// The curve's corners: sizes ascend, seconds never fall.
    package internal(set) var points: [Point]
    /// How much longer than usual one batch in a hundred takes, 1…`tailFactorMax`.
    package internal(set) var tailFactor: Double
    /// What was measured or learned for each size, before pooling.
    var estimates: [Double]
    /// How many observations, the late ones counting most, each estimate stands on.
    var weights: [Double]

    /// Makes a curve from measured points in any order.
    /// - Parameters:
    ///   - tailFactor: how much longer than usual one batch in a hundred takes; kept within 1…`tailFactorMax`.
    ///   - weight: how many measurements each point stands on.
    /// - Throws: `invalidInput` for no points, more than `pointCountMax`, a size below 1 or named twice, seconds that are not positive.
    package init(points: [Point], tailFactor: Double = 1, weight: Double = 5) throws {
        guard (1...Self.pointCountMax).contains(points.count) else {
            throw Self.invalid("expected 1…\(Self.pointCountMax) sizes, found \(points.count); measure a ladder such as 1, 2, 4, 8")
        }
        let sorted = points.sorted { $0.rows < $1.rows }
        for (position, point) in sorted.enumerated() {
            guard point.rows >= 1, position == 0 || sorted[position - 1].rows < point.rows else {
                throw Self.invalid("expected sizes of 1 row or more, each once, found \(point.rows); measure each size once")
            }
            guard point.seconds > 0, point.seconds.isFinite else {
                throw Self.invalid("expected positive seconds for \(point.rows) rows, found \(point.seconds); measure again")
            }
        }
        self.points = sorted
        self.tailFactor = Self.bounded(tailFactor)
        estimates = sorted.map(\.seconds)
        weights = Array(repeating: max(weight, Self.weightMin), count: sorted.count)
        pool()
    }

    /// How long a batch usually takes, in seconds. - Parameter rows: values below 1 count as 1.
    package func seconds(rows: Int) -> Double {
        guard let above = points.firstIndex(where: { $0.rows >= rows }) else {
            let last = points[points.count - 1]
            return last.seconds * Double(rows) / Double(last.rows)
        }
        guard above > 0, points[above].rows > rows else { return points[above].seconds }
        let (low, high) = (points[above - 1], points[above])
        let share = Double(rows - low.rows) / Double(high.rows - low.rows)
        return low.seconds + share * (high.seconds - low.seconds)
    }

    /// How long all but one batch in a hundred take at most, in seconds.
    package func tailSeconds(rows: Int) -> Double { seconds(rows: rows) * tailFactor }

    /// What one more row adds to a batch of so many rows, in seconds.
    package func marginalSeconds(rows: Int) -> Double {
        let rows = min(max(rows, 1), Self.rowCountMax)
        return seconds(rows: rows + 1) - seconds(rows: rows)
    }

    /// How many rows a second one runner answers in batches of one size.
    package func rowsPerSecond(rows: Int) -> Double { Double(max(rows, 1)) / seconds(rows: rows) }

    /// Whether rows that join a batch cost at least `gainMin` less than they would cost alone.
    package func joiningPays(rows: Int, to batchRows: Int) -> Bool {
        seconds(rows: batchRows + rows) - seconds(rows: batchRows) <= (1 - Self.gainMin) * seconds(rows: rows)
    }

    /// Whether single rows are answered for less in some batch than alone, the hand-over to the batch's thread included.
    ///
    /// There is a size n with `seconds(n) / n + handover < (1 - gainMin) · seconds(1)`. It is false where the curve is a line through
    /// the origin, and where one row costs less than the hand-over. Requests of several rows gain no more than single rows do.
    /// - Parameter rowCountMax: the most rows of a batch.
    package func batchingPays(
        handoverSeconds: Double = CostCurve.handoverSeconds, upTo rowCountMax: Int = CostCurve.rowCountMax
    ) -> Bool {
        let alone = (1 - Self.gainMin) * seconds(rows: 1)
        return points.contains { point in
            let rows = min(point.rows, rowCountMax)
            return rows > 1 && seconds(rows: rows) / Double(rows) + handoverSeconds < alone
        }
    }

    /// The size whose rows cost least, among the measured sizes up to a limit that end within some seconds; 1 where none does.
    package func cheapestRows(upTo rowCountMax: Int, within secondsMax: Double) -> Int {
        let fitting = points.filter { $0.rows <= rowCountMax && $0.seconds * tailFactor <= secondsMax }
        return fitting.min { $0.seconds * Double($1.rows) < $1.seconds * Double($0.rows) }?.rows ?? 1
    }

    /// The most rows whose batch ends within some seconds, as a rule; 0 where not even one does.
    package func rows(within secondsMax: Double) -> Int {
        guard secondsMax >= seconds(rows: 1) else { return 0 }
        var (low, high) = (1, Self.rowCountMax)
        while low < high {
            let middle = (low + high + 1) / 2
            if seconds(rows: middle) <= secondsMax { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The most rows that anything here counts with; larger sizes count as this one.
    package static let rowCountMax = 1 << 30

    private static func invalid(_ message: String) -> MartletError { MartletError(.invalidInput, "a model's cost curve: \(message)") }

    static func bounded(_ tailFactor: Double) -> Double { tailFactor.isNaN ? 1 : min(max(tailFactor, 1), tailFactorMax) }
}
