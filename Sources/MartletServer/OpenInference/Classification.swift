import MartletCore

/// Gives the largest numbers of an output with their places, as texts `value:index` (the protocol's classification extension).
///
/// Equal numbers are in the order of their places; missing ones come last.
struct Classification {
    /// How many classes are given of each row, if there are so many.
    let count: Int
    /// Whether the first dimension is rows.
    let hasIndependentRows: Bool

    /// Shape `[rows, classes]`, or `[classes]` of one that has no rows. - Throws: `invalidInput` where the output is no numbers.
    func classes(of output: Tensor) throws -> Tensor {
        switch output.elements {
        case .uint8(let numbers): ranked(output, numbers) { $0 }
        case .uint16(let numbers): ranked(output, numbers) { $0 }
        case .uint32(let numbers): ranked(output, numbers) { $0 }
        case .uint64(let numbers): ranked(output, numbers) { $0 }
        case .int8(let numbers): ranked(output, numbers) { $0 }
        case .int16(let numbers): ranked(output, numbers) { $0 }
        case .int32(let numbers): ranked(output, numbers) { $0 }
        case .int64(let numbers): ranked(output, numbers) { $0 }
        case .float16(let numbers): ranked(output, numbers, by: NarrowFormat.float16.float)
        case .bfloat16(let numbers): ranked(output, numbers, by: NarrowFormat.bfloat16.float)
        case .float32(let numbers): ranked(output, numbers) { $0 }
        case .float64(let numbers): ranked(output, numbers) { $0 }
        case .bool, .bytes: throw Self.refusal(output.name, output.datatype)
        }
    }

    /// What is said of an output without classes.
    static func refusal(_ output: String, _ datatype: TensorDatatype) -> MartletError {
        MartletError(.invalidInput, "output '\(output)': classification is expected of numbers, found \(datatype.rawValue)")
    }

    private func ranked<Number, Key: Comparable>(_ output: Tensor, _ numbers: [Number], by key: (Number) -> Key) -> Tensor {
        let hasRows = hasIndependentRows && !output.shape.isEmpty
        let rowCount = hasRows ? output.rowCount : 1
        let width = rowCount == 0 ? 0 : numbers.count / rowCount
        let classCount = min(count, width)
        var texts: [[UInt8]] = []
        texts.reserveCapacity(rowCount * classCount)
        for row in 0..<rowCount {
            let keys = numbers[row * width..<(row + 1) * width].map(key)
            let order = keys.indices.sorted { Self.precedes((keys[$0], $0), (keys[$1], $1)) }
            for index in order.prefix(classCount) { texts.append(Array("\(keys[index]):\(index)".utf8)) }
        }
        return Tensor(name: output.name, shape: hasRows ? [rowCount, classCount] : [classCount], elements: .bytes(texts))
    }

    private static func precedes<Key: Comparable>(_ left: (Key, Int), _ right: (Key, Int)) -> Bool {
        let isMissing = (left.0 != left.0, right.0 != right.0)
        if isMissing.0 != isMissing.1 { return isMissing.1 }
        return left.0 == right.0 || isMissing.0 ? left.1 < right.1 : left.0 > right.0
    }
}
