import ArgumentParser
import CDecimals
import Foundation
import Glibc
import MartletCore

/// Reads decimals as they stand in a request, with `CDecimals` and with the C library, in turns, and prints a table.
struct DecimalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decimals", abstract: "Nanoseconds of CPU for a number of a request, beside the C library's strtod.",
        discussion: "Pin it to a core: taskset -c 0 martlet-bench decimals")

    /// As many different texts as caches of the second level do not hold, each of the numbers of 250 rows of 28.
    private static let textCount = 64
    private static let numberCount = 7_000

    @Option(help: "How often each case is measured.")
    var repetitions = 9

    func validate() throws {
        guard (1...1_000).contains(repetitions) else { throw ValidationError("--repetitions: expected 1 to 1000, found \(repetitions)") }
    }

    func run() throws {
        guard martlet_decimals_available() != 0 else {
            throw MartletError(.unavailable, "this processor lacks the instructions that CDecimals is for; nothing is measured")
        }
        print("numbers                    martlet floats      martlet doubles     strtod")
        for (name, format) in [("6 decimals", "%.6f"), ("9 digits", "%.9g"), ("17 digits", "%.17g"), ("21 decimals", "%.21f")] {
            for separator in [",", ", "] {
                let texts = texts(format, separator)
                let truth = texts.map { read($0, strtod) }
                var nanoseconds: [[Double]] = [[], [], []]
                for _ in 0..<repetitions {
                    try nanoseconds[0].append(time { try check(texts.map { read($0, floats) }, truth, by: 1e-2) })
                    try nanoseconds[1].append(time { try check(texts.map { read($0, doubles) }, truth) })
                    try nanoseconds[2].append(time { try check(texts.map { read($0, strtod) }, truth) })
                }
                let cells = nanoseconds.map { cell($0.sorted()) }
                print("\(name), '\(separator)'".padding(toLength: 27, withPad: " ", startingAt: 0) + cells.joined())
            }
        }
    }

    private func cell(_ sorted: [Double]) -> String {
        let text = [sorted[sorted.count / 2], sorted[0], sorted[sorted.count - 1]].map { String(format: "%.1f", $0) }
        return "\(text[0]) (\(text[1])–\(text[2]))".padding(toLength: 20, withPad: " ", startingAt: 0)
    }

    private func time(_ body: () throws -> Void) rethrows -> Double {
        let start = Clock.now
        try body()
        return 1e9 * start.elapsed.cpu / Double(Self.textCount * Self.numberCount)
    }

    private func check(_ sums: [Double], _ truth: [Double], by difference: Double = 0) throws {
        for (sum, expected) in zip(sums, truth) where abs(sum - expected) > difference {
            throw MartletError(.engine, "expected numbers whose sum is \(expected), found \(sum)")
        }
    }

    private func texts(_ format: String, _ separator: String) -> [[UInt8]] {
        var random = SplitMix64(seed: 7)
        return (0..<Self.textCount).map { _ in
            let numbers = (0..<Self.numberCount).map { _ in String(format: format, 6 * (random.unit() + random.unit() - 1)) }
            return Array((String(repeating: " ", count: 64) + numbers.joined(separator: separator) + ",\0").utf8)
        }
    }

    // MARK: Readers

    /// Reads all numbers of a text. - Returns: their sum.
    private func read(_ text: [UInt8], _ reader: (UnsafeBufferPointer<UInt8>, inout [Double]) -> Void) -> Double {
        var values = [Double]()
        values.reserveCapacity(Self.numberCount)
        text.withUnsafeBufferPointer { reader($0, &values) }
        return values.reduce(0, +)
    }

    private func floats(_ text: UnsafeBufferPointer<UInt8>, _ values: inout [Double]) {
        vectors(text, &values, 0 as Float, martlet_decimals_floats) { Double($0) }
    }

    private func doubles(_ text: UnsafeBufferPointer<UInt8>, _ values: inout [Double]) {
        vectors(text, &values, 0 as Double, martlet_decimals_doubles) { $0 }
    }

    /// What the kernel leaves is read by strtod, as Martlet reads it by a reader of its own.
    private func vectors<Value>(
        _ text: UnsafeBufferPointer<UInt8>, _ values: inout [Double], _ zero: Value,
        _ kernel: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?, UInt8, UnsafeMutablePointer<Value>?, Int) -> Int,
        _ widen: (Value) -> Double
    ) {
        var position = 64
        withUnsafeTemporaryAllocation(of: Value.self, capacity: Self.numberCount) { numbers in
            while values.count < Self.numberCount {
                let read = kernel(
                    text.baseAddress, text.count, &position, UInt8(ascii: ","), numbers.baseAddress, Self.numberCount - values.count)
                for number in numbers[..<read] { values.append(widen(number)) }
                if values.count < Self.numberCount { values.append(one(text, &position)) }
            }
        }
    }

    private func strtod(_ text: UnsafeBufferPointer<UInt8>, _ values: inout [Double]) {
        var position = 64
        while values.count < Self.numberCount { values.append(one(text, &position)) }
    }

    private func one(_ text: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Double {
        guard let base = text.baseAddress else { return .nan }
        let start = UnsafeRawPointer(base + position).assumingMemoryBound(to: CChar.self)
        var end: UnsafeMutablePointer<CChar>?
        let value = Glibc.strtod(start, &end)
        position += (end.map { UnsafePointer($0) - start } ?? 0) + 1
        return value
    }
}
