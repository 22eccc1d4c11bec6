extension Duration {
    /// The duration in words: `1.2 s`, `35 ms`. Less than none, as where a clock was set back, is none.
    package var words: String {
        let seconds = max(0, self / .seconds(1))
        return seconds >= 1 ? "\(seconds.formatted(places: 1)) s" : "\((seconds * 1_000).formatted(places: 0)) ms"
    }

    /// As a clock shows it, in whole seconds: `0:07`, `12:07`, `1:02:07`. Less than none is none here too.
    package var clockText: String {
        let seconds = max(0, components.seconds)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
    }
}
