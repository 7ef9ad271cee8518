/**
 * @file db_patient.c  What has happened, and waits for room on the disk
 *
 * Somebody who asks for something is told that the disk is full, and asks
 * again. A call that has ended and a message that was spoken ask nobody: they
 * wait here, in their order, until there is room. The first one tries; when it
 * gets in, the others follow.
 */
#define LOG_MODULE "db"
#include "db_int.h"

enum { RETRY_MS = 3000, PATIENT_MAX = 10000 };

static void put(struct db *db, struct db_job *job, bool front)
{
	struct db_job **at =
		front || !db->patient ? &db->patient : db->patient_end;

	job->next = front ? db->patient : NULL;
	if (!job->next)
		db->patient_end = &job->next;
	*at = job;
	db->patient_count++;
}

static struct db_job *take(struct db *db)
{
	struct db_job *job = db->patient;

	if (job) {
		db->patient = job->next;
		job->next = NULL;
		db->patient_count--;
	}
	return job;
}

static void try_first(void *arg);

static void try_soon(struct db *db)
{
	if (!db->patient_tries && !tmr_isrunning(&db->tmr_patient))
		tmr_start(&db->tmr_patient, RETRY_MS, try_first, db);
}

static void try_first(void *arg)
{
	struct db *db = arg;
	struct db_job *job = take(db);

	db->patient_tries = job;
	if (job)
		db_job_run(db, job);
}

static void try_others(struct db *db)
{
	unsigned n = db->patient_count;

	log_info("there is room again: %u entries are written", n + 1);
	while (n--)
		db_job_run(db, take(db));
}

bool db_patient_keeps(struct db_job *job, int err)
{
	struct db *db = job->db;
	bool first;

	if (!job->patient)
		return false;
	first = db->patient_tries == job;
	if (first)
		db->patient_tries = NULL;
	if (err == ENOSPC && !db->closing && db->patient_count < PATIENT_MAX) {
		if (!db->patient && !first)
			log_warn("the disk is full: what is to be kept waits");
		put(db, job, first);
		try_soon(db);
		return true;
	}
	if (first && !err)
		try_others(db);
	else if (db->patient)
		try_soon(db);
	return false;
}

void db_patient_end(struct db *db)
{
	struct db_job *job;

	tmr_cancel(&db->tmr_patient);
	if (db->patient)
		log_error("%u calls and messages are lost: the disk is full",
			  db->patient_count);
	while ((job = take(db)))
		db_job_end(job, ENOSPC);
}
