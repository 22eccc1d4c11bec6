import Dispatch

/// How many rows a scorer predicts in a second.
struct ForestFigure: Encodable {
    let side: String
    let instructions: String?
    let input: Precision
    /// Rows of one call.
    let batch: Int
    let threads: Int
    /// Rows in a second of the process's CPU time, one for each repetition.
    var rowsPerCPUSecond: [Double] = []
    /// Rows in a second of the clock, of all threads together.
    var rowsPerSecond: [Double] = []
}

/// Measures scorers in turns.
///
/// Each call takes the rows that follow the last call's, round and round all rows, so that no branch predictor learns them by heart.
struct ForestMeasurement {
    let rows: BenchmarkRows
    let threads: Int
    let repetitions: Int
    let seconds: Double

    private static let callCountMax = 1 << 24

    /// Measures every case once, then all again, as often as there are repetitions.
    func run(_ scorers: [any Scorer], batches: [Int], precisions: [Precision]) -> [ForestFigure] {
        var cases: [(scorer: any Scorer, figure: ForestFigure, calls: Int)] = []
        for batch in batches.map({ min($0, rows.count) }) {
            for precision in precisions {
                for scorer in scorers {
                    let figure = ForestFigure(
                        side: scorer.side, instructions: scorer.instructions, input: precision, batch: batch, threads: threads)
                    cases.append((scorer, figure, calls(scorer, figure)))
                }
            }
        }
        for _ in 0..<repetitions {
            for index in cases.indices {
                let taken = time(cases[index].scorer, cases[index].figure, calls: cases[index].calls)
                let scored = Double(cases[index].calls * cases[index].figure.batch * threads)
                cases[index].figure.rowsPerCPUSecond.append(scored / taken.cpu)
                cases[index].figure.rowsPerSecond.append(scored / taken.wall)
            }
        }
        return cases.map(\.figure)
    }

    /// How many calls of each thread last as long as one measurement should.
    private func calls(_ scorer: any Scorer, _ figure: ForestFigure) -> Int {
        var calls = 1
        var taken = time(scorer, figure, calls: calls).cpu
        while taken < seconds * Double(threads) / 4, calls < Self.callCountMax {
            calls *= 2
            taken = time(scorer, figure, calls: calls).cpu
        }
        return max(1, min(Self.callCountMax, Int(seconds * Double(threads * calls) / max(taken, 1e-9))))
    }

    private func time(_ scorer: any Scorer, _ figure: ForestFigure, calls: Int) -> (cpu: Double, wall: Double) {
        let start = Clock.now
        if threads == 1 {
            score(scorer, figure, calls: calls, thread: 0)
        } else {
            DispatchQueue.concurrentPerform(iterations: threads) { score(scorer, figure, calls: calls, thread: $0) }
        }
        return start.elapsed
    }

    private func score(_ scorer: any Scorer, _ figure: ForestFigure, calls: Int, thread: Int) {
        let first = thread * rows.count / threads
        switch figure.input {
        case .single: score(rows.floats, calls, figure.batch, first) { scorer.predict($0, count: figure.batch, into: $1) }
        case .double: score(rows.doubles, calls, figure.batch, first) { scorer.predict($0, count: figure.batch, into: $1) }
        }
    }

    private func score<Number>(
        _ values: [Number], _ calls: Int, _ batch: Int, _ first: Int,
        _ predict: (UnsafeBufferPointer<Number>, UnsafeMutableBufferPointer<Double>) -> Void
    ) {
        let width = rows.featureCount
        withUnsafeTemporaryAllocation(of: Double.self, capacity: batch) { output in
            values.withUnsafeBufferPointer { values in
                var row = first
                for _ in 0..<calls {
                    if row + batch > rows.count { row = 0 }
                    predict(UnsafeBufferPointer(rebasing: values[row * width..<(row + batch) * width]), output)
                    row += batch
                }
            }
        }
    }
}
