import CEngines.DuckDB
import Glibc
import Synchronization

/// What DuckDB calls for a `DuckDBRowFunction`: it lays the chunk's columns side by side and hands out the results.
final class DuckDBRowCall: Sendable {
    private let function: DuckDBRowFunction
    private let functions: martlet_duckdb
    /// Memory that no call uses now; as much as calls were ever under way at once.
    private let idle = Mutex<[DuckDBRowMemory]>([])

    init(_ function: DuckDBRowFunction, _ functions: martlet_duckdb) {
        self.function = function
        self.functions = functions
    }

    /// Runs the function that belongs to a call of DuckDB.
    static func run(_ info: OpaquePointer?, _ input: OpaquePointer?, _ output: OpaquePointer?) {
        // Without the library nobody would have called.
        guard let library = try? DuckDBLibrary.shared(),
            let call = library.functions.duckdb_scalar_function_get_extra_info(info)
        else { return }
        let isDone = Unmanaged<DuckDBRowCall>.fromOpaque(call).takeUnretainedValue().run(input, output)
        if !isDone { library.functions.duckdb_scalar_function_set_error(info, "the rows have no memory") }
    }

    private func run(_ input: OpaquePointer?, _ output: OpaquePointer?) -> Bool {
        let rowCount = Int(functions.duckdb_data_chunk_get_size(input))
        guard rowCount > 0 else { return true }
        let memory = take(rowCount)
        defer { idle.withLock { $0.append(memory) } }
        for argument in 0..<function.argumentCount {
            let vector = functions.duckdb_data_chunk_get_vector(input, UInt64(argument))
            guard let data = functions.duckdb_vector_get_data(vector) else { return false }
            let validity = functions.duckdb_vector_get_validity(vector)
            memory.take(argument, data, validity: validity, rowCount: rowCount)
        }
        return give(memory, rowCount, output)
    }

    private func take(_ rowCount: Int) -> DuckDBRowMemory {
        if let memory = idle.withLock({ $0.popLast() }), memory.capacity >= rowCount { return memory }
        return DuckDBRowMemory(function, rowCount: rowCount)
    }

    /// One result is written where DuckDB wants it; several change from rows to columns on the way.
    private func give(_ memory: DuckDBRowMemory, _ rowCount: Int, _ output: OpaquePointer?) -> Bool {
        let rows = memory.rows(rowCount)
        guard function.outputs.count > 1 else {
            guard let data = functions.duckdb_vector_get_data(output) else { return false }
            let results = UnsafeMutableBufferPointer(start: data.assumingMemoryBound(to: Double.self), count: rowCount)
            function.body(rows, results)
            return true
        }
        let width = function.outputs.count
        function.body(rows, UnsafeMutableBufferPointer(rebasing: memory.results[..<(rowCount * width)]))
        for position in 0..<width {
            let child = functions.duckdb_struct_vector_get_child(output, UInt64(position))
            guard let data = functions.duckdb_vector_get_data(child) else { return false }
            let column = data.assumingMemoryBound(to: Double.self)
            for row in 0..<rowCount { column[row] = memory.results[row * width + position] }
        }
        return true
    }
}

/// A block for the arguments and results of one call.
///
/// `@unchecked Sendable`: the memory is of one call at a time, which took it out of the idle ones, and is freed with this.
private final class DuckDBRowMemory: @unchecked Sendable {
    /// DuckDB's own size of a vector; larger chunks get larger blocks.
    private static let capacityMin = 2048
    /// Keeps columns from falling on the same lines of the processor's cache.
    private static let padding = 16

    let capacity: Int
    let results: UnsafeMutableBufferPointer<Double>
    private let type: DuckDBRowFunction.ArgumentType
    private let stride: Int
    private let block: UnsafeMutableRawBufferPointer

    init(_ function: DuckDBRowFunction, rowCount: Int) {
        capacity = max(rowCount, Self.capacityMin)
        stride = capacity + Self.padding
        type = function.argumentType
        block = .allocate(byteCount: stride * function.argumentCount * type.sizeBytes, alignment: 64)
        results = .allocate(capacity: function.outputs.count > 1 ? capacity * function.outputs.count : 0)
        results.initialize(repeating: 0)
        switch type {
        case .float: block.bindMemory(to: Float.self).initialize(repeating: 0)
        case .double: block.bindMemory(to: Double.self).initialize(repeating: 0)
        }
    }

    deinit {
        block.deallocate()
        results.deallocate()
    }

    func rows(_ rowCount: Int) -> DuckDBRowFunction.Rows {
        let values: DuckDBRowFunction.Rows.Values =
            switch type {
            case .float: .floats(UnsafeBufferPointer(block.assumingMemoryBound(to: Float.self)))
            case .double: .doubles(UnsafeBufferPointer(block.assumingMemoryBound(to: Double.self)))
            }
        return DuckDBRowFunction.Rows(values: values, rowCount: rowCount, argumentStride: stride)
    }

    /// Copies an argument of all rows. - Parameter validity: one bit a row, set where there is a value; `nil` where all have one.
    func take(_ argument: Int, _ data: UnsafeMutableRawPointer, validity: UnsafePointer<UInt64>?, rowCount: Int) {
        let start = argument * stride
        let bytes = UnsafeRawBufferPointer(start: data, count: rowCount * type.sizeBytes)
        UnsafeMutableRawBufferPointer(rebasing: block[(start * type.sizeBytes)...]).copyMemory(from: bytes)
        guard let validity else { return }
        switch type {
        case .float: Self.blank(block.assumingMemoryBound(to: Float.self), start, validity, rowCount)
        case .double: Self.blank(block.assumingMemoryBound(to: Double.self), start, validity, rowCount)
        }
    }

    private static func blank<Number: BinaryFloatingPoint>(
        _ numbers: UnsafeMutableBufferPointer<Number>, _ start: Int, _ validity: UnsafePointer<UInt64>, _ rowCount: Int
    ) {
        for word in 0..<(rowCount + 63) / 64 {
            var missing = ~validity[word]
            while missing != 0 {
                let row = word * 64 + missing.trailingZeroBitCount
                guard row < rowCount else { break }
                numbers[start + row] = .nan
                missing &= missing - 1
            }
        }
    }
}
