import Dispatch
import Foundation
package import MartletEngines

/// How many rows a forest scores in a second on this machine.
package struct ForestBenchmark: Sendable {
    /// One figure.
    package struct Figure: Sendable, Equatable {
        package let instructions: String
        package let threads: Int
        /// Rows of one call.
        package let batch: Int
        /// Rows in a second of one core: rows over the process's CPU seconds, one for each repetition, ascending.
        package let rowsPerCPUSecond: [Double]
        /// Rows in a second of the clock, of all threads together, ascending.
        package let rowsPerSecond: [Double]
    }

    private let forest: Forest
    private let rows: [Float]
    private let rowCount: Int

    /// - Parameter rows: `[rows, features]`, row by row. They are scored in turn, so that no branch predictor learns them by heart;
    ///   a hundred thousand are enough.
    package init(_ forest: Forest, rows: [Float]) {
        precondition(forest.featureCount > 0 && rows.count >= forest.featureCount, "expected at least one row")
        self.forest = forest
        self.rows = rows
        rowCount = rows.count / forest.featureCount
    }

    /// Measures.
    /// - Parameters:
    ///   - seconds: how long each repetition lasts, about.
    ///   - isDouble: whether rows are handed over as doubles.
    package func run(
        instructions: ForestInstructions, batch: Int, threads: Int = 1, repetitions: Int = 5, seconds: Double = 0.2, isDouble: Bool = false
    ) throws -> Figure {
        let compiled = try CompiledForest(forest, instructions: instructions)
        let batch = min(batch, rowCount)
        var calls = 1
        while time(compiled, batch, calls, threads, isDouble).cpu < seconds * 0.25, calls < 1 << 24 { calls *= 2 }
        let once = max(1e-9, time(compiled, batch, calls, threads, isDouble).cpu / Double(calls * threads))
        calls = max(1, Int(seconds / once))
        var (cpu, clock): ([Double], [Double]) = ([], [])
        for _ in 0..<repetitions {
            let taken = time(compiled, batch, calls, threads, isDouble)
            let total = Double(calls * batch * threads)
            cpu.append(total / taken.cpu)
            clock.append(total / taken.wall)
        }
        return Figure(
            instructions: instructions.rawValue, threads: threads, batch: batch, rowsPerCPUSecond: cpu.sorted(), rowsPerSecond: clock.sorted())
    }

    private func time(_ compiled: CompiledForest, _ batch: Int, _ calls: Int, _ threads: Int, _ isDouble: Bool) -> (cpu: Double, wall: Double) {
        let doubles = isDouble ? rows.map(Double.init) : []
        let start = (Self.clock(CLOCK_PROCESS_CPUTIME_ID), Self.clock(CLOCK_MONOTONIC))
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            if isDouble {
                Self.score(compiled, doubles, rowCount, batch, calls, first: thread * rowCount / threads) { compiled.predict($0, $1, into: $2) }
            } else {
                Self.score(compiled, rows, rowCount, batch, calls, first: thread * rowCount / threads) { compiled.predict($0, $1, into: $2) }
            }
        }
        return (Self.clock(CLOCK_PROCESS_CPUTIME_ID) - start.0, Self.clock(CLOCK_MONOTONIC) - start.1)
    }

    private static func score<Number>(
        _ compiled: CompiledForest, _ rows: [Number], _ rowCount: Int, _ batch: Int, _ calls: Int, first: Int,
        _ predict: (UnsafeBufferPointer<Number>, RowLayout, UnsafeMutableBufferPointer<Double>) -> Void
    ) {
        let width = compiled.featureNames.count
        let layout = RowLayout.rows(batch, columns: width)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: batch * compiled.outputCount) { output in
            rows.withUnsafeBufferPointer { values in
                var row = first
                for _ in 0..<calls {
                    if row + batch > rowCount { row = 0 }
                    predict(UnsafeBufferPointer(rebasing: values[row * width..<(row + batch) * width]), layout, output)
                    row += batch
                }
            }
        }
    }

    private static func clock(_ id: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(id, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
