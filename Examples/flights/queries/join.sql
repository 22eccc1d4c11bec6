-- A row for each flight with what could be known at its scheduled departure, and what became of it.
WITH known AS (
    -- An hour's reading is complete when the hour is over: its time is taken at minute 51, its rain is summed up to then.
    SELECT *, time_hour + INTERVAL 1 HOUR AS known_at FROM weather
),
observed AS (
    SELECT f.*, w.* EXCLUDE (origin, time_hour), date_diff('minute', w.known_at, f.departure) AS age
    FROM flights f
    ASOF LEFT JOIN known w ON f.origin = w.origin AND f.departure >= w.known_at
),
airport AS (
    -- The flights of the same airport that were due in the two hours before: those that had left by then, and those that had not.
    SELECT f.departure, f.origin,
           count(o.departure) AS due,
           count(*) FILTER (o.departure + to_minutes(o.dep_delay) <= f.departure) AS had_left,
           avg(o.dep_delay) FILTER (o.departure + to_minutes(o.dep_delay) <= f.departure) AS their_delay
    FROM (SELECT DISTINCT departure, origin FROM flights) f
    LEFT JOIN flights o
        ON o.origin = f.origin AND o.departure < f.departure AND o.departure >= f.departure - INTERVAL 2 HOUR
    GROUP BY ALL
)
SELECT o.day, o.departure, o.origin, o.dest, o.carrier, o.flight, o.hour, o.distance,
       CASE WHEN o.age <= $age_max THEN o.known_at END AS weather_known_at,
       CASE WHEN o.age <= $age_max THEN o.temp END AS temp,
       CASE WHEN o.age <= $age_max THEN o.temp - o.dewp END AS dew_spread,
       CASE WHEN o.age <= $age_max THEN o.wind_speed END AS wind_speed,
       CASE WHEN o.age <= $age_max THEN coalesce(o.wind_gust, o.wind_speed) END AS wind_gust,
       CASE WHEN o.age <= $age_max THEN o.precip END AS precip,
       CASE WHEN o.age <= $age_max THEN o.visib END AS visib,
       a.due, a.had_left, a.their_delay,
       -- Cancelled and diverted flights never came: they are late too. Leaving them out would look into the future.
       coalesce(o.arr_delay > 15, true) AS late
FROM observed o
JOIN airport a USING (departure, origin)
ORDER BY o.departure, o.carrier, o.flight, o.origin
