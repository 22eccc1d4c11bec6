// Fills one byte a column from one row. Included with RANK32 and RANK64 set.
static void rank_one_row(const martlet_forest *forest, const martlet_forest_rows *rows, size_t row, uint8_t *columns) {
    const float *floats = (const float *)rows->values + (ptrdiff_t)row * rows->row_stride;
    const double *doubles = (const double *)rows->values + (ptrdiff_t)row * rows->row_stride;
    for (uint32_t i = 0; i < forest->ranker_count; i++) {
        const martlet_forest_ranker *ranker = forest->rankers + i;
        ptrdiff_t at = (ptrdiff_t)ranker->feature * rows->column_stride;
        double value;
        uint32_t rank;
        if (!rows->is_double || forest->rounds_to_float) {
            float single = rows->is_double ? (float)doubles[at] : floats[at];
            value = single;
            rank = RANK32(ranker->sorted32, single);
        } else {
            value = doubles[at];
            rank = RANK64(ranker->sorted64, value);
        }
        const martlet_forest_rank_column *column = forest->rank_columns + ranker->first_column;
        for (uint32_t j = 0; j < ranker->column_count; j++) columns[column[j].column] = ranked(ranker, column + j, value, rank);
    }
    for (uint32_t i = 0; i < forest->category_group_count; i++) {
        const martlet_forest_category_group *group = forest->category_groups + i;
        ptrdiff_t at = (ptrdiff_t)group->feature * rows->column_stride;
        double value = rows->is_double ? doubles[at] : floats[at];
        if (rows->is_double && forest->rounds_to_float) value = (float)value;
        uint8_t class = class_of(group, value);
        const martlet_forest_category_set *set = forest->category_sets + group->first_set;
        for (uint32_t j = 0; j < group->set_count; j++) columns[set[j].column] = member(set + j, class);
    }
}
