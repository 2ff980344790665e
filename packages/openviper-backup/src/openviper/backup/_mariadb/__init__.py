"""MariaDB and MySQL, by their own programs: mariadb-dump and mariadb, or mysqldump and mysql."""
