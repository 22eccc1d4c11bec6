import CEngines.DuckDB
import Glibc
import MartletCore

/// A function from a row of numbers to one or several numbers, which SQL calls by its name.
///
/// DuckDB calls it with up to 2,048 rows at a time, each row once, from as many threads as run queries.
package struct DuckDBRowFunction: Sendable {
    /// The type that all arguments are cast to.
    package enum ArgumentType: Sendable { case float, double }

    /// The arguments of some rows, valid during one call. `NULL` is `nan`.
    package struct Rows {
        package enum Values {
            case floats(UnsafeBufferPointer<Float>)
            case doubles(UnsafeBufferPointer<Double>)
        }

        /// Argument by argument: that of row `r` and argument `a` is at `a · argumentStride + r`.
        package let values: Values
        package let rowCount: Int
        package let argumentStride: Int
    }

    /// How SQL calls it.
    package let name: String
    package let argumentType: ArgumentType
    package let argumentCount: Int
    /// The results' names: SQL sees one result as a `DOUBLE`, several as a `STRUCT` of `DOUBLE`s with these names.
    package let outputs: [String]
    let body: @Sendable (Rows, UnsafeMutableBufferPointer<Double>) -> Void

    /// Makes a function. - Parameter body: fills `[rows, outputs]`, row-major; must not keep the pointers.
    package init(
        name: String, argumentType: ArgumentType, argumentCount: Int, outputs: [String],
        body: @escaping @Sendable (Rows, UnsafeMutableBufferPointer<Double>) -> Void
    ) {
        precondition(argumentCount > 0, "a function of rows needs an argument")
        precondition(!outputs.isEmpty, "a function of rows needs a result")
        self.name = name
        self.argumentType = argumentType
        self.argumentCount = argumentCount
        self.outputs = outputs
        self.body = body
    }
}

extension DuckDBConnection {
    /// Lets the SQL of this database's connections call a function. - Throws: `engine` where DuckDB does not take it.
    package func register(_ function: DuckDBRowFunction) throws {
        let functions = handle.functions
        var made = functions.duckdb_create_scalar_function()
        defer { functions.duckdb_destroy_scalar_function(&made) }
        functions.duckdb_scalar_function_set_name(made, function.name)
        var argument = functions.duckdb_create_logical_type(function.argumentType.duckDBType.rawValue)
        defer { functions.duckdb_destroy_logical_type(&argument) }
        for _ in 0..<function.argumentCount { functions.duckdb_scalar_function_add_parameter(made, argument) }
        var result = Self.resultType(function.outputs, functions)
        defer { functions.duckdb_destroy_logical_type(&result) }
        functions.duckdb_scalar_function_set_return_type(made, result)
        functions.duckdb_scalar_function_set_special_handling(made)  // rows with a NULL are for the function too
        functions.duckdb_scalar_function_set_volatile(made)  // each row once, never folded
        let call = Unmanaged.passRetained(DuckDBRowCall(function, functions)).toOpaque()
        functions.duckdb_scalar_function_set_extra_info(made, call) { info in
            info.map { Unmanaged<DuckDBRowCall>.fromOpaque($0).release() }
        }
        functions.duckdb_scalar_function_set_function(made) { info, input, output in
            DuckDBRowCall.run(info, input, output)
        }
        guard functions.duckdb_register_scalar_function(handle.pointer, made) == 0 else {
            throw MartletError(.engine, "DuckDB does not take the function '\(function.name)'; give it another name")
        }
    }

    private static func resultType(_ outputs: [String], _ functions: martlet_duckdb) -> OpaquePointer? {
        var number = functions.duckdb_create_logical_type(MARTLET_DUCKDB_TYPE_DOUBLE.rawValue)
        guard outputs.count > 1 else { return number }
        defer { functions.duckdb_destroy_logical_type(&number) }
        var types = [OpaquePointer?](repeating: number, count: outputs.count)
        let texts = outputs.map { strdup($0) }
        defer { texts.forEach { free($0) } }
        var names = texts.map { UnsafePointer($0) }
        return functions.duckdb_create_struct_type(&types, &names, UInt64(outputs.count))
    }
}

extension DuckDBRowFunction.ArgumentType {
    var duckDBType: martlet_duckdb_type {
        switch self {
        case .float: MARTLET_DUCKDB_TYPE_FLOAT
        case .double: MARTLET_DUCKDB_TYPE_DOUBLE
        }
    }

    var sizeBytes: Int {
        switch self {
        case .float: MemoryLayout<Float>.size
        case .double: MemoryLayout<Double>.size
        }
    }
}
