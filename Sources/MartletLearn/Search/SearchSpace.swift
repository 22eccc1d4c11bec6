public import MartletCore

/// What a search may give the parameters of an estimator, by name.
public struct SearchSpace: Sendable, Equatable {
    /// The values that each parameter may have.
    public var dimensions: [String: SearchDimension]

    /// Makes a space.
    public init(_ dimensions: [String: SearchDimension]) { self.dimensions = dimensions }

    /// The names in the order in which points count through them.
    public var names: [String] { dimensions.keys.sorted() }

    /// How many points there are where all values are counted; `nil` where some parameter has values without end, or there are more points
    /// than can be counted.
    public var pointCount: Int? {
        dimensions.values.reduce(1 as Int?) { product, dimension in
            guard let product, let count = dimension.valueCount else { return nil }
            let (whole, isTooLarge) = product.multipliedReportingOverflow(by: count)
            return isTooLarge ? nil : whole
        }
    }

    /// A point of the grid; the last name goes round fastest. - Parameter index: in `0..<pointCount`.
    public func gridPoint(_ index: Int) -> [String: JSONValue] {
        var rest = index
        var point: [String: JSONValue] = [:]
        for name in names.reversed() {
            guard let dimension = dimensions[name], let count = dimension.valueCount else { continue }
            point[name] = dimension.value(at: rest % count)
            rest /= count
        }
        return point
    }

    /// A random point. It depends on the seed, the number and the space alone, and a parameter's value on its own name and values: more
    /// trials, or another parameter, change nothing of what was drawn.
    public func randomPoint(_ number: Int, seed: UInt64) -> [String: JSONValue] {
        Dictionary(
            uniqueKeysWithValues: dimensions.map { name, dimension in
                // The number-th of the parameter's own stream (SplitMix64 steps by this constant), without those before it.
                var stream = SplitMix64(seed: seed ^ Self.hash(name))
                var random = SplitMix64(seed: stream.next() &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
                return (name, dimension.value(atShare: random.unit()))
            })
    }

    /// FNV-1a of 64 bits (Fowler, Noll and Vo).
    private static func hash(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
