import Foundation
package import MartletCore

/// How far a variant of a model, such as one in bf16 or int8, is from the model that it stands for: measured, on rows that are given.
///
/// Where only one of the two is NaN, or both are infinite in different ways, the difference is infinite.
package struct PrecisionReport: Sendable, Equatable {
    /// The differences of one output over all rows.
    package struct Output: Sendable, Equatable {
        package var name: String
        package var elementCount = 0
        /// The largest absolute difference of an element.
        package var differenceMax = 0.0
        package var differenceMean = 0.0
        /// The mean over rows of the cosine between the row of the one and that of the other; 1 where both are zero, 0 where one is.
        package var cosineMean = 0.0
        package var cosineMin = 1.0

        var json: JSONValue {
            .object([
                "name": .string(name), "elementCount": .integer(Int64(elementCount)), "differenceMax": JSONValue(finite: differenceMax),
                "differenceMean": JSONValue(finite: differenceMean), "cosineMean": JSONValue(finite: cosineMean),
                "cosineMin": JSONValue(finite: cosineMin),
            ])
        }
    }

    package private(set) var outputs: [Output]
    /// How many rows were compared.
    package private(set) var rowCount = 0

    /// Runs both models on every sample.
    /// - Parameter samples: the inputs of one call each.
    /// - Throws: `invalidInput` without samples, or where the models' outputs differ in name, shape or datatype, or are byte strings.
    package init(reference: any TensorModel, variant: any TensorModel, samples: [[Tensor]]) throws {
        guard !samples.isEmpty else { throw MartletError(.invalidInput, "a precision report needs at least one sample, found none") }
        outputs = reference.signature.outputs.map { Output(name: $0.name) }
        for sample in samples { try add(try reference.predict(sample), try variant.predict(sample)) }
        for place in outputs.indices {
            outputs[place].differenceMean /= Double(max(1, outputs[place].elementCount))
            outputs[place].cosineMean /= Double(max(1, rowCount))
        }
    }

    /// The report as JSON; what is not finite is null.
    package var json: JSONValue { .object(["rowCount": .integer(Int64(rowCount)), "outputs": .array(outputs.map(\.json))]) }

    private mutating func add(_ expected: [Tensor], _ found: [Tensor]) throws {
        guard expected.map(\.name) == found.map(\.name), expected.map(\.shape) == found.map(\.shape), expected.count == outputs.count else {
            func text(_ tensors: [Tensor]) -> String { tensors.map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ") }
            throw MartletError(
                .invalidInput, "the variant's outputs: expected \(text(expected)), found \(text(found)); compare variants of one model"
            )
        }
        for (place, (expected, found)) in zip(expected, found).enumerated() {
            guard let left = expected.elements.numbers, let right = found.elements.numbers else {
                throw MartletError(.invalidInput, "output '\(expected.name)' holds byte strings, which have no difference; compare numbers")
            }
            outputs[place].add(left, right, rows: expected.rowCount)
        }
        rowCount += expected.first?.rowCount ?? 0
    }
}

extension PrecisionReport.Output {
    fileprivate mutating func add(_ expected: [Double], _ found: [Double], rows: Int) {
        for (left, right) in zip(expected, found) {
            let difference = Self.difference(left, right)
            differenceMax = max(differenceMax, difference)
            differenceMean += difference
        }
        elementCount += expected.count
        let width = expected.count / max(1, rows)
        for start in stride(from: 0, to: width * rows, by: max(1, width)) {
            let cosine = Self.cosine(expected[start..<start + width], found[start..<start + width])
            cosineMean += cosine
            cosineMin = min(cosineMin, cosine)
        }
    }

    private static func difference(_ left: Double, _ right: Double) -> Double {
        if left == right || (left.isNaN && right.isNaN) { return 0 }
        let difference = abs(left - right)
        return difference.isNaN ? .infinity : difference
    }

    private static func cosine(_ left: ArraySlice<Double>, _ right: ArraySlice<Double>) -> Double {
        let (leftSquares, rightSquares) = (left.reduce(0) { $0 + $1 * $1 }, right.reduce(0) { $0 + $1 * $1 })
        if leftSquares == 0 && rightSquares == 0 { return 1 }
        let cosine = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } / (leftSquares.squareRoot() * rightSquares.squareRoot())
        return cosine.isFinite ? min(1, max(-1, cosine)) : 0
    }
}

extension TensorElements {
    /// The elements as numbers, 0 and 1 for booleans; `nil` for byte strings.
    fileprivate var numbers: [Double]? {
        switch self {
        case .bool(let elements): elements.map { $0 ? 1 : 0 }
        case .uint8(let elements): elements.map(Double.init)
        case .uint16(let elements): elements.map(Double.init)
        case .uint32(let elements): elements.map(Double.init)
        case .uint64(let elements): elements.map(Double.init)
        case .int8(let elements): elements.map(Double.init)
        case .int16(let elements): elements.map(Double.init)
        case .int32(let elements): elements.map(Double.init)
        case .int64(let elements): elements.map(Double.init)
        case .float16(let elements): elements.map(Self.number(ofHalf:))
        case .bfloat16(let elements): elements.map { Double(Float(bitPattern: UInt32($0) << 16)) }
        case .float32(let elements): elements.map(Double.init)
        case .float64(let elements): elements
        case .bytes: nil
        }
    }

    /// The value of a half-precision number's bits (IEEE 754, binary16).
    private static func number(ofHalf bits: UInt16) -> Double {
        let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
        let sign = bits >> 15 == 0 ? 1.0 : -1.0
        switch exponent {
        case 31: return fraction == 0 ? sign * .infinity : .nan
        case 0: return sign * fraction * 0x1p-24
        default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
        }
    }
}
