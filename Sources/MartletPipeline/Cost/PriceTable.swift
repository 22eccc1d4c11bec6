import MartletCore

/// What computing costs: the `prices` of a project.
///
/// Amounts are doubles: 15 digits are exact, so that a sum of a million steps is right to far below a cent. They are added as they are,
/// and rounded only where people read them: to two places, or to the first two digits that are not zero.
public struct PriceTable: Sendable, Equatable {
    /// The currency's code, such as `EUR`; it is only repeated.
    public let currency: String
    /// Of a core that is busy for an hour.
    public let coreHour: Double
    /// Of a GiB (2³⁰ bytes) of memory that is held for an hour.
    public let memoryGiBHour: Double
    /// Of an accelerator that is held for an hour.
    public let acceleratorHour: Double
    /// Of 2³⁰ bytes read.
    public let gibRead: Double
    /// Of 2³⁰ bytes written.
    public let gibWritten: Double

    /// Makes a table. What is left out costs nothing.
    /// - Throws: `invalidInput` where a price is negative or no number, or the currency is empty.
    public init(
        currency: String, coreHour: Double = 0, memoryGiBHour: Double = 0, acceleratorHour: Double = 0, gibRead: Double = 0,
        gibWritten: Double = 0
    ) throws {
        guard !currency.isEmpty else { throw MartletError(.invalidInput, "prices: expected a currency such as 'EUR', found none") }
        let prices = [
            ("core_hour", coreHour), ("memory_gib_hour", memoryGiBHour), ("accelerator_hour", acceleratorHour), ("gib_read", gibRead),
            ("gib_written", gibWritten),
        ]
        for (name, price) in prices where !(price.isFinite && price >= 0) {
            throw MartletError(.invalidInput, "prices.\(name): expected a number that is not negative, found \(price); leave it out for 0")
        }
        self.currency = currency
        self.coreHour = coreHour
        self.memoryGiBHour = memoryGiBHour
        self.acceleratorHour = acceleratorHour
        self.gibRead = gibRead
        self.gibWritten = gibWritten
    }

    /// What this much costs.
    package func cost(of amount: UsageAmount) -> Double {
        let (hour, gib) = (3_600.0, Double(1 << 30))
        return amount.cpuSeconds / hour * coreHour + amount.memoryByteSeconds / gib / hour * memoryGiBHour
            + amount.acceleratorSeconds / hour * acceleratorHour + Double(amount.bytesRead) / gib * gibRead
            + Double(amount.bytesWritten) / gib * gibWritten
    }

    /// An amount for people, such as `4.10 EUR` or `0.00012 EUR`.
    package func text(_ amount: Double) -> String { "\(Self.digits(amount)) \(currency)" }

    private static func digits(_ amount: Double) -> String {
        let placesMax = 9
        var places = 2
        var bound = 0.1
        while amount != 0, amount.magnitude < bound, places < placesMax {
            places += 1
            bound /= 10
        }
        return amount.formatted(places: places)
    }
}
