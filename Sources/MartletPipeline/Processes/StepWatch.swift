import MartletCore

/// Decides whether a command is stopped: knows no clock and no process.
struct StepWatch {
    let step: String
    let limits: StepLimits
    /// When it last gave a sign of life, since the start.
    private var signedAt = Duration.zero

    init(step: String, limits: StepLimits) {
        self.step = step
        self.limits = limits
    }

    /// It wrote to its log or said how far it is.
    mutating func sign(at elapsed: Duration) { signedAt = max(signedAt, elapsed) }

    /// When it is to be looked at again at the latest, whatever it does; `nil` for never.
    var deadline: Duration? { [limits.time, limits.heartbeat.map { signedAt + $0 }].compactMap { $0 }.min() }

    /// Why it is stopped at a time; `nil` while it is not.
    func breach(at elapsed: Duration) -> StepFailure? {
        if let time = limits.time, elapsed >= time {
            return StepFailure(
                .time,
                "step '\(step)' ran for \(Self.text(time)), its limit ('resources.time'), and was stopped; raise that or let it do less")
        }
        if let heartbeat = limits.heartbeat, elapsed - signedAt >= heartbeat {
            return StepFailure(
                .heartbeat,
                "step '\(step)' neither wrote to its log nor to $MARTLET_PROGRESS for \(Self.text(heartbeat)), its limit ('heartbeat'), and was "
                    + "stopped; let it write more often or raise that")
        }
        return nil
    }

    /// Why it is stopped for what it uses; `nil` while it is not.
    func breach(_ sample: TreeSample) -> StepFailure? {
        if let limit = limits.memoryBytes, sample.memoryBytes > limit {
            return StepFailure(
                .memory,
                "step '\(step)' used \(Self.text(bytes: sample.memoryBytes)) of memory; its limit is \(Self.text(bytes: limit)) "
                    + "('resources.memory'); raise that or let it use less")
        }
        if let limit = limits.cpuSeconds, sample.cpuSeconds > limit { return overCPU }
        if let limit = limits.processCount, sample.processCount > limit {
            return StepFailure(
                .processes,
                "step '\(step)' had \(sample.processCount) processes; its limit is \(limit) ('resources.processes'); raise that or let it "
                    + "start fewer")
        }
        return nil
    }

    /// It used up its CPU seconds.
    var overCPU: StepFailure {
        StepFailure(
            .cpu,
            "step '\(step)' used more than \(Self.text(.seconds(limits.cpuSeconds ?? 0))) of CPU time, its limit ('resources.cpu'); raise that "
                + "or let it do less")
    }

    /// `2.1 GiB`; the last digit is rounded.
    static func text(bytes: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 1_024, unit < units.count - 1 { (value, unit) = (value / 1_024, unit + 1) }
        let isWhole = value == value.rounded()
        return "\(value.formatted(places: isWhole ? 0 : value < 10 ? 2 : 1)) \(units[unit])"
    }

    /// `90 s`, `10 min`, `0.25 s`.
    static func text(_ duration: Duration) -> String {
        let seconds = duration / .seconds(1)
        for (size, unit) in [(86_400.0, "d"), (3_600, "h"), (60, "min")] where seconds >= size && seconds.remainder(dividingBy: size) == 0 {
            return "\((seconds / size).formatted(places: 0)) \(unit)"
        }
        return "\(seconds.formatted(places: seconds == seconds.rounded() ? 0 : 2)) s"
    }
}
