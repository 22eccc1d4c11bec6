/// What a step that failed does next.
public struct RetryPolicy: Sendable, Hashable {
    /// The most attempts that a policy may ask for.
    public static let timesMax = 100

    /// How many more attempts there are after the first.
    public var times: Int
    /// The wait before the second attempt, in seconds.
    public var waitSeconds: Double
    /// By what each further wait is longer.
    public var factor: Double
    /// The longest wait, in seconds.
    public var waitMaxSeconds: Double
    /// Which kinds of failure are tried again.
    public var kinds: Set<StepFailure.Kind>

    /// Makes a policy.
    public init(
        times: Int = 0, waitSeconds: Double = 1, factor: Double = 2, waitMaxSeconds: Double = 300,
        kinds: Set<StepFailure.Kind> = [.lost, .exit, .signal, .start]
    ) {
        self.times = times
        self.waitSeconds = waitSeconds
        self.factor = factor
        self.waitMaxSeconds = waitMaxSeconds
        self.kinds = kinds
    }

    /// A step whose machine or runner was lost is begun again so many times whatever its policy says: it did nothing wrong.
    package static let lossesMax = 3

    /// How long to wait before the next attempt; `nil` where there is none.
    /// - Parameters:
    ///   - failures: how many attempts failed so far, those that were lost aside.
    ///   - losses: how many were lost.
    ///   - spread: in 0…1, evenly distributed: waits are spread over 75…125 %, so that what failed together does not come back together.
    package func wait(after failure: StepFailure, failures: Int, losses: Int, spread: Double) -> Duration? {
        if failure.kind == .lost, losses <= max(Self.lossesMax, times) { return .zero }
        guard kinds.contains(failure.kind), failures <= times else { return nil }
        var seconds = waitSeconds
        for _ in 1..<max(1, failures) where seconds < waitMaxSeconds { seconds *= factor }
        return .seconds(min(seconds, waitMaxSeconds) * (0.75 + 0.5 * spread))
    }
}
