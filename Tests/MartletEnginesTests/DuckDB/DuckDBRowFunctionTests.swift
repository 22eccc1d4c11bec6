import MartletCore
import MartletEngines
import Synchronization
import Testing

@Suite struct DuckDBRowFunctionTests {
    private let database: DuckDBDatabase
    private let connection: DuckDBConnection

    init() throws {
        database = try DuckDBDatabase(threads: 2)
        connection = try database.connect()
    }

    /// `first + 10 · second + 100 · third …`, and the number of missing arguments where two results are asked for.
    private func positions(
        _ type: DuckDBRowFunction.ArgumentType, arguments: Int, outputs: [String] = ["result"],
        onRows: @escaping @Sendable (Int) -> Void = { _ in }
    ) -> DuckDBRowFunction {
        DuckDBRowFunction(name: "positions", argumentType: type, argumentCount: arguments, outputs: outputs) { rows, results in
            for row in 0..<rows.rowCount {
                let values = (0..<arguments).map { argument -> Double in
                    let index = argument * rows.argumentStride + row
                    return switch rows.values {
                    case .floats(let values): Double(values[index])
                    case .doubles(let values): values[index]
                    }
                }
                let sum = values.reversed().reduce(0) { $0 * 10 + ($1.isNaN ? 0 : $1) }
                results[row * outputs.count] = sum
                if outputs.count > 1 { results[row * outputs.count + 1] = Double(values.count(where: \.isNaN)) }
            }
            onRows(rows.rowCount)
        }
    }

    @Test(arguments: [DuckDBRowFunction.ArgumentType.float, .double])
    func `the arguments of a row come in their order`(type: DuckDBRowFunction.ArgumentType) throws {
        try connection.register(positions(type, arguments: 3))
        let result = try connection.query("SELECT positions(1, 2, i) AS p FROM range(3) r(i)")
        #expect(try result.column("p").doubles == [21, 121, 221])
    }

    @Test(arguments: [DuckDBRowFunction.ArgumentType.float, .double])
    func `what is missing is nan, wherever it stands`(type: DuckDBRowFunction.ArgumentType) throws {
        try connection.register(positions(type, arguments: 2, outputs: ["sum", "missing"]))
        let sql = "SELECT positions(CASE WHEN i % 65 = 64 THEN NULL ELSE i END, NULL) AS p FROM range(5000) r(i)"
        let result = try connection.query("SELECT struct_extract(p, 'sum') AS sum, struct_extract(p, 'missing') AS missing FROM (\(sql))")
        #expect(try result.column("sum").doubles == (0..<5000).map { $0 % 65 == 64 ? 0 : Double($0) })
        #expect(try result.column("missing").doubles == (0..<5000).map { $0 % 65 == 64 ? 2 : 1 })
    }

    @Test func `it is called once for each row, also by several threads and for equal rows`() throws {
        let counter = Counter()
        try connection.register(positions(.double, arguments: 1, onRows: { counter.add($0) }))
        let result = try connection.query("SELECT sum(positions(7)) AS s, sum(positions(i)) AS t FROM range(300000) r(i)")
        #expect(try result.column("s").doubles == [2_100_000])
        #expect(try result.column("t").doubles == [300_000 * 299_999 / 2])
        #expect(counter.count == 600_000)
    }

    @Test func `every connection of the database may call it`() throws {
        try connection.register(positions(.double, arguments: 1))
        #expect(try database.connect().query("SELECT positions(5) AS p").column("p").doubles == [5])
    }

    @Test func `another number of arguments is refused before it is called`() throws {
        try connection.register(positions(.double, arguments: 2))
        let error = try #require(throws: MartletError.self) { try connection.query("SELECT positions(1) AS p") }
        #expect(error.message.contains("positions"))
    }

    private final class Counter: Sendable {
        private let rows = Atomic(0)
        var count: Int { rows.load(ordering: .relaxed) }
        func add(_ count: Int) { rows.add(count, ordering: .relaxed) }
    }
}
