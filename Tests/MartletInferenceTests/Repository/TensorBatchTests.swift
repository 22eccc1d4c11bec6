import MartletCore
import Testing

@testable import MartletInference

@Suite struct TensorBatchTests {
    private static let mirror = MirrorModel(TensorDatatype.allCases.map { .init(name: $0.rawValue, datatype: $0, shape: [-1, -1]) })

    /// A request of tensors of a few rows, each of another width.
    private static func request(_ random: inout SplitMix64, datatypes: [TensorDatatype]) -> [Tensor] {
        let rows = 1 + random.index(below: 5)
        return datatypes.map { datatype in
            let width = 1 + random.index(below: 2)
            let elements = TensorElements.random(datatype, count: rows * width, &random)
            return Tensor(name: datatype.rawValue, shape: [rows, width], elements: elements)
        }
    }

    @Test func `requests of any datatypes and widths are answered together as they are alone`() throws {
        for seed in UInt64(0)..<200 {
            var random = SplitMix64(seed: seed)
            let requests = (0..<1 + random.index(below: 12)).map { _ in
                Self.request(&random, datatypes: TensorDatatype.allCases.filter { _ in random.index(below: 3) > 0 } + [.float64])
            }
            let together = try TensorBatch.run(requests, Self.mirror)
            let alone = try requests.map(Self.mirror.predict)
            #expect(together == alone, "seed \(seed)")
        }
    }

    @Test func `a request of many rows runs in pieces, and its answer is that of the whole`() async throws {
        var policy = BatchingPolicy(objectiveSeconds: 0.01, rowCountMax: 64)
        policy.directSecondsMax = 0
        policy.admissionFactor = 100
        let curve = try CostCurve(points: [.init(rows: 1, seconds: 0.001), .init(rows: 64, seconds: 0.064)])
        let served = try ServedModel(name: "m", version: 1, model: MirrorModel.numbers, policy: policy, curve: curve)
        let x = Tensor(name: "x", shape: [1_000, 2], elements: .float64((0..<2_000).map(Double.init)))
        let y = try await served.predict([x])
        #expect(y == [Tensor(name: "mirrored x", shape: [1_000, 2], elements: x.elements)])
        #expect(served.executionCount > 10)
        let endless = Tensor(name: "x", shape: [ServedModel.requestRowCountMax + 1, 0], elements: .float64([]))
        let error = await #expect(throws: MartletError.self) { try await served.predict([endless]) }
        #expect(error?.code == .limitExceeded)
    }

    @Test func `a model whose answers have other rows than it was asked is not believed`() {
        struct Counting: TensorModel {
            let signature = MirrorModel.numbers.signature
            func predict(_ inputs: [Tensor]) -> [Tensor] { [Tensor(name: "count", shape: [1], elements: .int64([7]))] }
        }
        let one = [Tensor(name: "x", shape: [1, 2], elements: .float64([1, 2]))]
        let error = #expect(throws: MartletError.self) { try TensorBatch.run([one, one], Counting()) }
        #expect(error?.code == .engine)
    }
}

extension TensorElements {
    /// Elements of a datatype at random.
    static func random(_ datatype: TensorDatatype, count: Int, _ random: inout SplitMix64) -> TensorElements {
        func numbers<Number: FixedWidthInteger>(_: Number.Type) -> [Number] {
            (0..<count).map { _ in Number(truncatingIfNeeded: random.next()) }
        }
        return switch datatype {
        case .bool: .bool(numbers(UInt8.self).map { $0 & 1 == 1 })
        case .uint8: .uint8(numbers(UInt8.self))
        case .uint16: .uint16(numbers(UInt16.self))
        case .uint32: .uint32(numbers(UInt32.self))
        case .uint64: .uint64(numbers(UInt64.self))
        case .int8: .int8(numbers(Int8.self))
        case .int16: .int16(numbers(Int16.self))
        case .int32: .int32(numbers(Int32.self))
        case .int64: .int64(numbers(Int64.self))
        case .float16: .float16(numbers(UInt16.self))
        case .bfloat16: .bfloat16(numbers(UInt16.self))
        case .float32: .float32(numbers(Int16.self).map(Float.init))
        case .float64: .float64(numbers(Int32.self).map(Double.init))
        case .bytes:
            .bytes(numbers(UInt32.self).map { number in (0..<Int(number % 5)).map { UInt8(truncatingIfNeeded: Int(number) >> $0) } })
        }
    }
}
